import { BertieError } from "@bertie/common";
import type { Answer, Method, Question } from "./messages.ts";

type Emitted<M extends Method> = Parameters<M>[1] extends (event: infer E) => void ? E : never;

/** Calls of a worker's service, by the names of its methods. */
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

/** Makes calls to a worker's service; see `serve()`. Faults of input come back as the `BertieError`s that they were. */
export function connect<S extends Readonly<Record<keyof S, Method>>>(worker: Worker): Connection<S> {
  const waiting = new Map<number, Waiting>();
  let calls = 0;
  let answers = false;
  /** Why the worker never started: what it is asked would wait for ever. */
  let dead: Error | undefined;
  worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
    answers = true;
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
    const fault = new Error(event.message || "the worker could not be started: is the network there? Reload the page");
    if (!answers) dead = fault;
    for (const { reject } of waiting.values()) reject(fault);
    waiting.clear();
  });
  return {
    call(method, input, onEvent) {
      if (dead !== undefined) return Promise.reject(dead);
      const id = calls++;
      worker.postMessage({ id, method, input } satisfies Question);
      return new Promise((resolve, reject) => {
        const done = resolve as (value: unknown) => void;
        waiting.set(id, { resolve: done, reject, onEvent: onEvent as ((event: unknown) => void) | undefined });
      });
    },
  };
}
