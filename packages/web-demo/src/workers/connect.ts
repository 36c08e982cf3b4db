import { BertieError } from "@bertie/common";
import type { Answer, Method, Question } from "./messages.ts";

type Emitted<M extends Method> = Parameters<M>[1] extends (event: infer E) => void ? E : never;

/** Connection that calls the methods of a worker's service by name. */
export interface Connection<S extends Readonly<Record<keyof S, Method>>> {
  call<K extends keyof S & string>(
    method: K,
    input: Parameters<S[K]>[0],
    onEvent?: (event: Emitted<S[K]>) => void,
  ): Promise<Awaited<ReturnType<S[K]>>>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onEvent: ((event: unknown) => void) | undefined;
}

/** Connects to the service of a worker; see `serve()`. A `BertieError` in the worker rejects the call with the same error. */
export function connect<S extends Readonly<Record<keyof S, Method>>>(worker: Worker): Connection<S> {
  const waiting = new Map<number, Waiting>();
  let calls = 0;
  let hasStarted = false;
  /** Error from a worker that failed to start. Later calls are rejected with this error. */
  let startError: Error | undefined;
  worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
    hasStarted = true;
    const call = waiting.get(data.id);
    if (call === undefined) return;
    if (data.type === "event") {
      call.onEvent?.(data.event);
      return;
    }
    waiting.delete(data.id);
    if (data.type === "value") call.resolve(data.value);
    else call.reject(data.code === undefined ? new Error(data.message) : new BertieError(data.code, data.message));
  });
  worker.addEventListener("error", (event) => {
    const fault = new Error(
      event.message || "the background worker could not be started. Check the network connection and reload the page.",
    );
    if (!hasStarted) startError = fault;
    for (const { reject } of waiting.values()) reject(fault);
    waiting.clear();
  });
  return {
    call(method, input, onEvent) {
      if (startError !== undefined) return Promise.reject(startError);
      const id = calls++;
      worker.postMessage({ id, method, input } satisfies Question);
      return new Promise((resolve, reject) => {
        const done = resolve as (value: unknown) => void;
        waiting.set(id, { resolve: done, reject, onEvent: onEvent as ((event: unknown) => void) | undefined });
      });
    },
  };
}
