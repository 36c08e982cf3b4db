import { Worker } from "node:worker_threads";

/** Starts a worker whose source stands beside this file: built, or as it is where that is run. */
export function startWorker(name: "encode-worker", workerData: unknown): Worker {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new Worker(new URL(`./${name}.${extension}`, import.meta.url), { workerData });
}
