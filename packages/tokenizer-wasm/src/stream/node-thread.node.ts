import { Worker } from "node:worker_threads";
import type { Thread } from "./worker-pool.ts";

/** Starts a worker thread of Node, Deno or Bun. */
export function startNodeThread(url: URL): Thread {
  const worker = new Worker(url);
  worker.unref();
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(onMessage, onFailure) {
      worker.on("message", onMessage);
      worker.on("error", onFailure);
      worker.on("messageerror", onFailure);
      worker.on("exit", (code) => onFailure(new Error(`a worker thread exited unexpectedly with code ${code}`)));
    },
    keepAlive: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
    async end() {
      await worker.terminate();
    },
  };
}

/** Starts a thread with `line-worker.node.js`, or with `line-worker.node.ts` if this module runs from source. */
export function startLineThread(): Thread {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return startNodeThread(new URL(`./line-worker.node.${extension}`, import.meta.url));
}
