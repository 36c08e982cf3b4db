import { train } from "./train.js";

globalThis.trainInPage = (rows, threads) => train(location.origin, rows, threads);

globalThis.trainInWorker = (rows, threads) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => (data.error === undefined ? resolve(data.hash) : reject(new Error(data.error)));
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage({ origin: location.origin, rows, threads });
  });
