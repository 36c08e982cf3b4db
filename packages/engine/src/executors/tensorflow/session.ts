import type { TensorData } from "../../dtype.ts";
import type { TensorflowRuntime } from "./runtime.ts";
import { destroyOf, placeholderOf, readOf, writeOf } from "./variable.ts";

/** A graph in TensorFlow, with the values of its variables. */
export interface Session {
  /** Feeds placeholders, and runs what the fetched nodes need; gives their values, in order. */
  run(feeds: ReadonlyMap<string, TensorData>, fetches: readonly string[]): TensorData[];
  /** Sets a variable to a copy of the value. */
  write(variable: string, value: TensorData): void;
  /** A copy of a variable's value. */
  read(variable: string): TensorData;
  /** Frees a variable's memory. */
  destroy(variable: string): void;
  close(): void;
}

/** Opens a session on the graph in a `saved_model.pb`. */
export function openSession(runtime: TensorflowRuntime, savedModel: Uint8Array): Session {
  const model = runtime.loadModel(savedModel);

  function run(
    feeds: ReadonlyMap<string, TensorData>,
    fetches: readonly string[],
    toTensor: (value: TensorData) => ReturnType<TensorflowRuntime["feed"]> = runtime.feed,
  ): TensorData[] {
    const inputs = new Map([...feeds].map(([name, value]) => [name, toTensor(value)]));
    try {
      return runtime.run(model, inputs, fetches).map((output) => {
        const value = runtime.read(output);
        // At once: while it shares a variable's memory, the next update has to copy that.
        runtime.delete(output);
        return value;
      });
    } finally {
      for (const input of inputs.values()) runtime.delete(input);
    }
  }

  return {
    run: (feeds, fetches) => run(feeds, fetches),
    write(variable, value) {
      run(new Map([[placeholderOf(variable), value]]), [writeOf(variable)], runtime.copy);
    },
    read: (variable) => run(new Map(), [readOf(variable)])[0]!,
    destroy(variable) {
      run(new Map(), [destroyOf(variable)]);
    },
    close: () => runtime.deleteModel(model),
  };
}
