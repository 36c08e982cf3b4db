import type { TensorData } from "../../dtype.ts";
import { encodeNodes, encodeSavedModel } from "./graph-def.ts";
import type { TensorflowRuntime } from "./runtime.ts";
import { currentValue, DESTROYED, newValue, type Variable, variableNodes, WHICH, written } from "./variables.ts";

/** A graph in TensorFlow, with the values of its variables. */
export interface Session {
  has(variable: Variable): boolean;
  /** Feeds placeholders, and runs what the fetched nodes need; gives their values, in order. */
  run(feeds: ReadonlyMap<string, TensorData>, fetches: readonly string[]): TensorData[];
  /** Sets a variable to a copy of the value. */
  write(variable: Variable, value: TensorData): void;
  /** A copy of a variable's value. */
  read(variable: Variable): TensorData;
  /** Frees a variable's memory. */
  destroy(variable: Variable): void;
  close(): void;
}

/**
 * Opens a session on a graph.
 *
 * @param parts the graph's nodes, encoded; all but those of the variables
 */
export function openSession(
  runtime: TensorflowRuntime,
  variables: readonly Variable[],
  parts: readonly Uint8Array[],
): Session {
  const model = runtime.loadModel(encodeSavedModel([encodeNodes(variableNodes(variables)), ...parts]));
  const numbers = new Map(variables.map((variable, i) => [variable, i]));

  function run(
    feeds: ReadonlyMap<string, TensorData>,
    fetches: readonly string[],
    toTensor: TensorflowRuntime["feed"] = runtime.feed,
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

  function which(variable: Variable): [string, TensorData] {
    return [WHICH, { dtype: "int32", shape: [], data: Int32Array.of(numbers.get(variable)!) }];
  }

  return {
    has: (variable) => numbers.has(variable),
    run: (feeds, fetches) => run(feeds, fetches),
    write(variable, value) {
      const { dtype } = variable.type;
      run(new Map([which(variable), [newValue(dtype), value]]), [written(dtype)], runtime.copy);
    },
    read: (variable) => run(new Map([which(variable)]), [currentValue(variable.type.dtype)])[0]!,
    destroy(variable) {
      run(new Map([which(variable)]), [DESTROYED]);
    },
    close: () => runtime.deleteModel(model),
  };
}
