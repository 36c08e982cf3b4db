import { type Connection, connect } from "../workers/connect.ts";
import type { ModelService } from "./model.worker.ts";

let connection: Connection<ModelService> | undefined;

/** The worker that holds the model: one for the page, started when it is first needed. */
export function modelWorker(): Connection<ModelService> {
  connection ??= connect<ModelService>(new Worker(new URL("./model.worker.ts", import.meta.url), { type: "module" }));
  return connection;
}

const listeners = new Set<() => void>();

/** Calls back when there is another model. */
export function onModel(listener: () => void): void {
  listeners.add(listener);
}

export function modelChanged(): void {
  for (const listener of listeners) listener();
}
