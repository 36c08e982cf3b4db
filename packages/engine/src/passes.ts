import type { Node, Tensor } from "./graph.ts";
import type { Program } from "./program.ts";

/** Computes once what is computed twice: of nodes with equal op, inputs and attributes only the first stays. */
export function shareCommonSubexpressions(program: Program): Program {
  const replacement = new Map<number, Tensor>();
  const resolve = (tensor: Tensor): Tensor => replacement.get(tensor.id) ?? tensor;
  const firstOfKind = new Map<string, Node>();
  const nodes: Node[] = [];
  for (const original of program.nodes) {
    const node = { ...original, inputs: original.inputs.map(resolve) } as Node;
    const { shape, dtype } = node.outputs[0]!;
    const key = JSON.stringify([node.op, node.inputs.map(({ id }) => id), node.attributes, shape, dtype], exactly);
    const first = firstOfKind.get(key);
    if (first === undefined) {
      firstOfKind.set(key, node);
      nodes.push(node);
    } else {
      for (const [i, output] of node.outputs.entries()) replacement.set(output.id, first.outputs[i]!);
    }
  }
  const resolveAll = (tensors: ReadonlyMap<string, Tensor>) =>
    new Map([...tensors].map(([name, tensor]) => [name, resolve(tensor)]));
  return { ...program, nodes, updates: resolveAll(program.updates), outputs: resolveAll(program.outputs) };
}

/** Keeps apart the numbers that JSON writes alike: −0 and 0, the infinities and NaN. */
function exactly(_: string, value: unknown): unknown {
  return typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? `${1 / value} ${value}`
    : value;
}

/** Leaves out what no output or update needs, inputs included. */
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

/** The index of the last node that reads each tensor, by tensor id: after it the tensor's memory is free. */
export function lastUses(program: Program): Map<number, number> {
  const uses = new Map<number, number>();
  for (const [index, node] of program.nodes.entries()) {
    for (const { id } of node.outputs) uses.set(id, index);
    for (const { id } of node.inputs) uses.set(id, index);
  }
  for (const { id } of [...program.updates.values(), ...program.outputs.values()]) uses.set(id, program.nodes.length);
  return uses;
}
