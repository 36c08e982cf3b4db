import type { DType } from "../../dtype.ts";
import type { TensorType } from "../../graph.ts";
import type { Attribute, TfNode } from "./graph-def.ts";

/** A variable of a TensorFlow graph. The node that outputs its handle has the same name. */
export interface Variable {
  readonly name: string;
  readonly type: TensorType;
}

/** Placeholder for the index of the variable to write, read or destroy. */
export const VARIABLE_INDEX = "variable_index";
/** Placeholder for a new value. */
export const newValue = (dtype: DType): string => `new/${dtype}`;
/** Tensor to fetch to write a variable. */
export const written = (dtype: DType): string => `written/${dtype}`;
/** Tensor to fetch to read a variable. */
export const currentValue = (dtype: DType): string => `current/${dtype}`;
/** Tensor to fetch to destroy a variable. */
export const DESTROYED = "destroyed";

/**
 * Returns the nodes of variables, and nodes that write, read and destroy each variable.
 *
 * The index of the variable is fed because TensorFlow optimizes the entire graph again for every set of fed and fetched
 * names, which must therefore be few.
 */
export function variableNodes(variables: readonly Variable[]): TfNode[] {
  if (variables.length === 0) return [];
  const nodes: TfNode[] = [];
  function node(name: string, op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>>) {
    nodes.push({ name, op, inputs, attributes });
    return name;
  }
  /** Adds a node that outputs the one input that was computed. */
  function merge(name: string, dtype: DType, inputs: readonly string[]): void {
    node(name, "Merge", inputs, { T: dtype, N: inputs.length });
  }

  node(VARIABLE_INDEX, "Placeholder", [], { dtype: "int32", shape: { shape: [] } });
  node("true", "Const", [], {
    dtype: "bool",
    value: { tensor: { dtype: "bool", shape: [], bytes: Uint8Array.of(1) } },
  });
  /**
   * Adds a node with one output per variable. Only the selected variable's output has a value; nodes that use the other
   * outputs do not run.
   */
  const switchByVariable = (name: string, value: string, dtype: DType) =>
    node(name, "_SwitchN", [value, VARIABLE_INDEX], { T: dtype, num_outs: variables.length });
  const isSelected = switchByVariable("is_selected", "true", "bool");
  const types = new Set(variables.map(({ type }) => type.dtype));
  const values = new Map<DType, string>();
  for (const dtype of types) {
    node(newValue(dtype), "Placeholder", [], { dtype, shape: {} });
    values.set(dtype, switchByVariable(`new_for/${dtype}`, newValue(dtype), dtype));
  }
  for (const [i, { name, type }] of variables.entries()) {
    const { dtype, shape } = type;
    node(name, "VarHandleOp", [], { dtype, shape: { shape }, shared_name: { text: name } });
    const gate = node(`${name}/gate`, "Identity", [`${isSelected}:${i}`], { T: "bool" });
    node(`${name}/write`, "AssignVariableOp", [name, `${values.get(dtype)!}:${i}`], { dtype });
    node(`${name}/written`, "Identity", [`${isSelected}:${i}`, `^${name}/write`], { T: "bool" });
    node(`${name}/current`, "ReadVariableOp", [name, `^${gate}`], { dtype });
    node(`${name}/destroy`, "DestroyResourceOp", [name, `^${gate}`], {});
    node(`${name}/destroyed`, "Identity", [gate, `^${name}/destroy`], { T: "bool" });
  }
  for (const dtype of types) {
    const names = variables.flatMap(({ name, type }) => (type.dtype === dtype ? [name] : []));
    merge(written(dtype), "bool", names.map((name) => `${name}/written`)); // biome-ignore format: aligned
    merge(currentValue(dtype), dtype, names.map((name) => `${name}/current`)); // biome-ignore format: aligned
  }
  merge(DESTROYED, "bool", variables.map(({ name }) => `${name}/destroyed`)); // biome-ignore format: aligned
  return nodes;
}
