import type { Node, Tensor } from "./graph.ts";
import type { Program } from "./program.ts";

/** Merges nodes that have the same op, inputs, attributes and type. */
export function shareCommonSubexpressions(program: Program): Program {
  const replacement = new Map<number, Tensor>();
  const resolve = (tensor: Tensor): Tensor => replacement.get(tensor.id) ?? tensor;
  const firstByKey = new Map<string, Node>();
  const nodes: Node[] = [];
  for (const original of program.nodes) {
    const node = { ...original, inputs: original.inputs.map(resolve) } as Node;
    const { shape, dtype } = node.outputs[0]!;
    const key = JSON.stringify(
      [node.op, node.inputs.map(({ id }) => id), node.attributes, shape, dtype],
      distinctNumbers,
    );
    const first = firstByKey.get(key);
    if (first === undefined) {
      firstByKey.set(key, node);
      nodes.push(node);
    } else {
      for (const [i, output] of node.outputs.entries()) replacement.set(output.id, first.outputs[i]!);
    }
  }
  const resolveAll = (tensors: ReadonlyMap<string, Tensor>) =>
    new Map([...tensors].map(([name, tensor]) => [name, resolve(tensor)]));
  return { ...program, nodes, updates: resolveAll(program.updates), outputs: resolveAll(program.outputs) };
}

/** A JSON.stringify() replacer that distinguishes the numbers that JSON does not: −0 and 0, infinities and NaN. */
function distinctNumbers(_: string, value: unknown): unknown {
  return typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? `${1 / value} ${value}`
    : value;
}

/** Drops nodes, feeds and state that no output or update depends on. */
export function dropDeadNodes(program: Program): Program {
  const needed = new Set([...program.updates.values(), ...program.outputs.values()].map(({ id }) => id));
  const nodes: Node[] = [];
  for (const node of program.nodes.toReversed()) {
    if (!node.outputs.some(({ id }) => needed.has(id))) continue;
    for (const { id } of node.inputs) needed.add(id);
    nodes.push(node);
  }
  const used = (tensors: ReadonlyMap<string, Tensor>) => new Map([...tensors].filter(([, { id }]) => needed.has(id)));
  return { ...program, nodes: nodes.reverse(), feeds: used(program.feeds), state: used(program.state) };
}

/** Returns, by tensor id, how often nodes, updates and outputs read the tensor. */
export function readCounts({ nodes, updates, outputs }: Program): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { id } of [...nodes.flatMap(({ inputs }) => inputs), ...updates.values(), ...outputs.values()])
    counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/**
 * Returns, by tensor id, the index of the last node that reads the tensor, after which its memory can be freed: the
 * node that computes it if no node reads it, and the number of nodes if it is an output or update.
 */
export function lastUses(program: Program): Map<number, number> {
  const uses = new Map<number, number>();
  for (const [index, node] of program.nodes.entries()) {
    for (const { id } of node.outputs) uses.set(id, index);
    for (const { id } of node.inputs) uses.set(id, index);
  }
  for (const { id } of [...program.updates.values(), ...program.outputs.values()]) uses.set(id, program.nodes.length);
  return uses;
}
