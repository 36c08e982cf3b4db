import { serveLines } from "./serve-lines.ts";

// Worker of a stream in a page. Its imports are all static, because some bundlers reject others in workers.
serveLines({
  post: (message, transfer) => postMessage(message, { transfer }),
  listen: (onMessage) => addEventListener("message", ({ data }) => onMessage(data)),
});
