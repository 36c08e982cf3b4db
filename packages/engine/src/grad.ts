import { derivatives } from "./derivatives.ts";
import { isFloat } from "./dtype.ts";
import type { Node, Tensor } from "./graph.ts";
import { constant } from "./ops/constant.ts";
import { add } from "./ops/elementwise.ts";
import { broadcastTo } from "./ops/layout.ts";
import { sizeOf } from "./shape.ts";

/**
 * The gradients of a scalar by the given tensors: reverse-mode differentiation of the trace so far.
 *
 * Appends the backward nodes to the graph and returns one tensor for each of `wrt`, of its shape; zeros where the loss
 * does not depend on it.
 */
export function grad(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (sizeOf(loss.shape) !== 1 || !isFloat(loss.dtype)) throw new Error(`grad of ${loss.dtype}[${loss.shape}]`);
  const { graph } = loss;
  const forward = graph.nodes.slice();
  const active = dependents(forward, wrt);
  const gradients = new Map<number, Tensor>([[loss.id, broadcastTo(constant(graph, 1, loss.dtype), loss.shape)]]);

  for (const node of forward.reverse()) {
    if (node.outputs.slice(1).some(({ id }) => gradients.has(id)))
      throw new Error(`${node.op} has no second derivative`);
    const dy = gradients.get(node.outputs[0]!.id);
    if (dy === undefined || !node.inputs.some(({ id }) => active.has(id))) continue;
    if (!(node.op in derivatives)) throw new Error(`${node.op} has no derivative`);
    const rule = derivatives[node.op as keyof typeof derivatives] as (node: Node, dy: Tensor) => (Tensor | undefined)[];
    for (const [i, dx] of rule(node, dy).entries()) {
      const { id } = node.inputs[i]!;
      if (dx === undefined || !active.has(id)) continue;
      const sofar = gradients.get(id);
      gradients.set(id, sofar === undefined ? dx : add(sofar, dx));
    }
  }
  return wrt.map((x) => gradients.get(x.id) ?? broadcastTo(constant(graph, 0, x.dtype), x.shape));
}

/** The ids of the tensors, and of all floating ones that are computed from them. */
function dependents(nodes: readonly Node[], tensors: readonly Tensor[]): Set<number> {
  const ids = new Set(tensors.map(({ id }) => id));
  for (const { inputs, outputs } of nodes)
    if (inputs.some(({ id }) => ids.has(id))) for (const { id, dtype } of outputs) if (isFloat(dtype)) ids.add(id);
  return ids;
}
