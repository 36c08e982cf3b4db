import { train } from "./train.js";

addEventListener("message", async ({ data: { origin, rows, threads } }) => {
  try {
    postMessage({ hash: await train(origin, rows, threads) });
  } catch (error) {
    postMessage({ error: error.stack });
  }
});
