import type { TfNode } from "./graph-def.ts";

/** Returns an input that is a control dependency on a node. */
export const after = (node: string): string => `^${node}`;

/** Indices, by op, of the inputs that are variables and that the op modifies in place. */
const inPlace: Readonly<Record<string, readonly number[]>> = { AssignSubVariableOp: [0], ResourceApplyAdam: [0, 1, 2] };
/** Indices, by op, of the inputs that are variables and to which the op assigns a new buffer. */
const replacing: Readonly<Record<string, readonly number[]>> = { AssignVariableOp: [0] };

/** Drops nodes that no result depends on. */
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
 * Adds control dependencies to nodes that write variables, so that the old values are read first.
 *
 * A tensor that was read keeps its buffer, so an assignment waits only for the read. An op that modifies a variable in
 * place waits for all users of the old value, because TensorFlow would otherwise copy the buffer.
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

/** Returns the name of the node that an input refers to, for any output and for control dependencies. */
export function nodeOf(input: string): string {
  return input.replace(/^\^|:\d+$/g, "");
}
