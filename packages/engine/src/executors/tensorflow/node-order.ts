import type { TfNode } from "./graph-def.ts";

/** An input that stands for waiting until the node is done. */
export const after = (node: string): string => `^${node}`;

/** The inputs that hold the variables which an op changes in place, or gives a new value. */
const inPlace: Readonly<Record<string, readonly number[]>> = { AssignSubVariableOp: [0], ResourceApplyAdam: [0, 1, 2] };
const replacing: Readonly<Record<string, readonly number[]>> = { AssignVariableOp: [0] };

/** Leaves out the nodes that no result needs. */
export function dropDead(nodes: readonly TfNode[], results: readonly string[]): TfNode[] {
  const needed = new Set(results.map(nodeOf));
  const live = nodes.toReversed().filter(({ name, inputs }) => {
    if (!needed.has(name)) return false;
    for (const input of inputs) needed.add(nodeOf(input));
    return true;
  });
  return live.reverse();
}

/**
 * Lets writes of variables wait until the values before have been read.
 *
 * A tensor that was read keeps its buffer, so that a new value may come as soon as it is read. A change in place would have
 * to copy such a buffer, and waits for all who use it.
 */
export function orderWrites(nodes: readonly TfNode[]): TfNode[] {
  const reads = new Map<string, string[]>();
  const uses = new Map<string, string[]>();
  for (const { name, op, inputs } of nodes) {
    if (op === "ReadVariableOp") reads.set(inputs[0]!, [...(reads.get(inputs[0]!) ?? []), name]);
    for (const input of inputs) if (!input.startsWith("^")) uses.set(input, [...(uses.get(input) ?? []), name]);
  }
  return nodes.map((node) => {
    const changed = inPlace[node.op];
    const handles = (changed ?? replacing[node.op] ?? []).map((i) => node.inputs[i]!);
    const readers = handles.flatMap((handle) => reads.get(handle) ?? []);
    const waitFor = new Set([...readers, ...(changed ? readers.flatMap((read) => uses.get(read) ?? []) : [])]);
    waitFor.delete(node.name);
    return { ...node, inputs: [...node.inputs, ...[...waitFor].map(after)] };
  });
}

/** The node that an input names, be it a value, another output, or waiting. */
export function nodeOf(input: string): string {
  return input.replace(/^\^|:\d+$/g, "");
}
