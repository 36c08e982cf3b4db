import { type Connection, connect } from "../workers/connect.ts";
import type { ModelService } from "./model-service.ts";

let connection: Connection<ModelService> | undefined;

/** Returns the connection to the model worker. The first call starts the worker. */
export function modelWorker(): Connection<ModelService> {
  connection ??= connect<ModelService>(new Worker(new URL("./model.worker.ts", import.meta.url), { type: "module" }));
  return connection;
}

const listeners = new Set<() => void>();

/** Registers a callback for changes of the model. */
export function onModel(listener: () => void): void {
  listeners.add(listener);
}

/** Notifies the callbacks that the model has changed. */
export function modelChanged(): void {
  for (const listener of listeners) listener();
}
