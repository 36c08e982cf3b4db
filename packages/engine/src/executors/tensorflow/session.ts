import { encodeSavedModel, type TfNode } from "./graph-def.ts";
import type { TensorflowRuntime, TensorHandle } from "./runtime.ts";
import { currentValue, DESTROYED, newValue, type Variable, variableNodes, WHICH, written } from "./variables.ts";

/** A graph in TensorFlow, with the values of its variables. */
export interface Session {
  has(variable: Variable): boolean;
  /** Feeds placeholders, and runs what the fetched nodes need; gives tensors, to be deleted, in their order. */
  run(feeds: ReadonlyMap<string, TensorHandle>, fetches: readonly string[]): TensorHandle[];
  /** Makes the tensor, which must not lie in JavaScript's memory, a variable's value. */
  write(variable: Variable, value: TensorHandle): void;
  /** A variable's value, to be deleted at once: while it shares the variable's memory, an update has to copy that. */
  read(variable: Variable): TensorHandle;
  /** Frees a variable's memory. */
  destroy(variable: Variable): void;
  close(): void;
}

/**
 * Opens a session on a graph.
 *
 * @param nodes all of the graph's but those of the variables
 */
export function openSession(
  runtime: TensorflowRuntime,
  variables: readonly Variable[],
  nodes: readonly TfNode[],
): Session {
  const model = runtime.loadModel(encodeSavedModel([...variableNodes(variables), ...nodes]));
  const numbers = new Map(variables.map((variable, i) => [variable, i]));

  /** Runs what is meant for one of the variables. */
  function runFor(
    variable: Variable,
    fetch: string,
    feeds: readonly (readonly [string, TensorHandle])[],
  ): TensorHandle {
    const which = runtime.feed({ dtype: "int32", shape: [], data: Int32Array.of(numbers.get(variable)!) });
    try {
      return runtime.run(model, new Map([[WHICH, which], ...feeds]), [fetch])[0]!;
    } finally {
      runtime.delete(which);
    }
  }

  return {
    has: (variable) => numbers.has(variable),
    run: (feeds, fetches) => runtime.run(model, feeds, fetches),
    write(variable, value) {
      const { dtype } = variable.type;
      runtime.delete(runFor(variable, written(dtype), [[newValue(dtype), value]]));
    },
    read: (variable) => runFor(variable, currentValue(variable.type.dtype), []),
    destroy(variable) {
      runtime.delete(runFor(variable, DESTROYED, []));
    },
    close: () => runtime.deleteModel(model),
  };
}
