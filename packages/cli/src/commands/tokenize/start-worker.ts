import { Worker } from "node:worker_threads";

/** Starts a thread that encodes, of the source beside this file: built, or as it is where that is run. */
export function startWorker(workerData: unknown): Worker {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new Worker(new URL(`./encode-worker.${extension}`, import.meta.url), { workerData });
}
