import { encodeSavedModel, type TfNode } from "./graph-def.ts";
import type { TensorflowRuntime, TensorHandle } from "./runtime.ts";
import {
  currentValue,
  DESTROYED,
  newValue,
  VARIABLE_INDEX,
  type Variable,
  variableNodes,
  written,
} from "./variables.ts";

/** A loaded TensorFlow graph with the values of its variables. */
export interface Session {
  has(variable: Variable): boolean;
  /** Runs the nodes that the fetched tensors depend on, and returns the tensors, which the caller must delete. */
  run(feeds: ReadonlyMap<string, TensorHandle>, fetches: readonly string[]): TensorHandle[];
  /** Sets a variable to a tensor, which must not share memory with a JavaScript array. */
  write(variable: Variable, value: TensorHandle): void;
  /**
   * Returns the value of a variable. The value shares the variable's memory, so the caller must delete it before the
   * next update, which would otherwise copy the memory.
   */
  read(variable: Variable): TensorHandle;
  /** Frees a variable's memory. */
  destroy(variable: Variable): void;
  close(): void;
}

/**
 * Opens a session on a graph.
 *
 * @param nodes the graph's nodes, excluding the variables' nodes
 */
export function openSession(
  runtime: TensorflowRuntime,
  variables: readonly Variable[],
  nodes: readonly TfNode[],
): Session {
  const model = runtime.loadModel(encodeSavedModel([...variableNodes(variables), ...nodes]));
  const indices = new Map(variables.map((variable, i) => [variable, i]));

  /** Runs the graph with one of the variables selected. */
  function runFor(
    variable: Variable,
    fetch: string,
    feeds: readonly (readonly [string, TensorHandle])[],
  ): TensorHandle {
    const index = runtime.feed({ dtype: "int32", shape: [], data: Int32Array.of(indices.get(variable)!) });
    try {
      return runtime.run(model, new Map([[VARIABLE_INDEX, index], ...feeds]), [fetch])[0]!;
    } finally {
      runtime.delete(index);
    }
  }

  return {
    has: (variable) => indices.has(variable),
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
