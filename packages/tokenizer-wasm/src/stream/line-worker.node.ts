import { parentPort } from "node:worker_threads";
import { serveLines } from "./serve-lines.ts";

// Worker thread of a stream in Node, Deno or Bun.
serveLines({
  post: (message, transfer) => parentPort!.postMessage(message, transfer),
  listen: (onMessage) => parentPort!.on("message", onMessage),
});
