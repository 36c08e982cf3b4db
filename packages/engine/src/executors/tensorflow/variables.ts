import type { DType } from "../../dtype.ts";
import type { TensorType } from "../../graph.ts";
import type { Attribute, TfNode } from "./graph-def.ts";

/** A variable of a TensorFlow graph; its name is that of the node that gives its handle. */
export interface Variable {
  readonly name: string;
  readonly type: TensorType;
}

/** A placeholder for the number of the variable that is written, read or destroyed. */
export const WHICH = "which";
/** Placeholders for new values, and what to fetch to write, read or destroy. */
export const newValue = (dtype: DType): string => `new/${dtype}`;
export const written = (dtype: DType): string => `written/${dtype}`;
export const currentValue = (dtype: DType): string => `current/${dtype}`;
export const DESTROYED = "destroyed";

/**
 * Variables, and the nodes to write, read and destroy each.
 *
 * Which of them is told by number: TensorFlow optimises the whole graph anew for every other set of names that is fed
 * and fetched, and so does it only a few times.
 */
export function variableNodes(variables: readonly Variable[]): TfNode[] {
  if (variables.length === 0) return [];
  const nodes: TfNode[] = [];
  function node(name: string, op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>>) {
    nodes.push({ name, op, inputs, attributes });
    return name;
  }
  /** The value of the only one that was computed. */
  function merge(name: string, dtype: DType, inputs: readonly string[]): void {
    node(name, "Merge", inputs, { T: dtype, N: inputs.length });
  }

  node(WHICH, "Placeholder", [], { dtype: "int32", shape: { shape: [] } });
  node("true", "Const", [], {
    dtype: "bool",
    value: { tensor: { dtype: "bool", shape: [], bytes: Uint8Array.of(1) } },
  });
  /** Has an output for every variable, of which only that of the one that is meant has a value; what needs another does not run. */
  const forWhich = (name: string, value: string, dtype: DType) =>
    node(name, "_SwitchN", [value, WHICH], { T: dtype, num_outs: variables.length });
  const isMeant = forWhich("is_meant", "true", "bool");
  const types = new Set(variables.map(({ type }) => type.dtype));
  const values = new Map<DType, string>();
  for (const dtype of types) {
    node(newValue(dtype), "Placeholder", [], { dtype, shape: {} });
    values.set(dtype, forWhich(`new_for/${dtype}`, newValue(dtype), dtype));
  }
  for (const [i, { name, type }] of variables.entries()) {
    const { dtype, shape } = type;
    node(name, "VarHandleOp", [], { dtype, shape: { shape }, shared_name: { text: name } });
    const gate = node(`${name}/gate`, "Identity", [`${isMeant}:${i}`], { T: "bool" });
    node(`${name}/write`, "AssignVariableOp", [name, `${values.get(dtype)!}:${i}`], { dtype });
    node(`${name}/written`, "Identity", [`${isMeant}:${i}`, `^${name}/write`], { T: "bool" });
    node(`${name}/current`, "ReadVariableOp", [name, `^${gate}`], { dtype });
    node(`${name}/destroy`, "DestroyResourceOp", [name, `^${gate}`], {});
    node(`${name}/destroyed`, "Identity", [gate, `^${name}/destroy`], { T: "bool" });
  }
  for (const dtype of types) {
    const names = variables.flatMap(({ name, type }) => (type.dtype === dtype ? [name] : []));
    merge(written(dtype), "bool", names.map((name) => `${name}/written`)); // biome-ignore format: side by side
    merge(currentValue(dtype), dtype, names.map((name) => `${name}/current`)); // biome-ignore format: side by side
  }
  merge(DESTROYED, "bool", variables.map(({ name }) => `${name}/destroyed`)); // biome-ignore format: side by side
  return nodes;
}
