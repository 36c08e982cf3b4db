import { isFloat } from "./dtype.ts";
import type { Node, Tensor } from "./graph.ts";
import { constant } from "./ops/constant.ts";
import { add } from "./ops/elementwise.ts";
import { broadcastTo } from "./ops/layout.ts";
import { sizeOf } from "./shape.ts";
import { vjpRules } from "./vjp-rules.ts";

/**
 * Returns the gradients of a loss with respect to tensors, by reverse-mode differentiation of the trace so far.
 *
 * Appends the backward pass to the graph. Gradients can be differentiated again, except through layerNorm().
 *
 * @param loss a floating-point tensor with one element
 * @param wrt the tensors to differentiate with respect to
 * @returns one tensor per tensor of `wrt`, of the same shape: zeros if the loss does not depend on it
 * @throws Error if the loss is not a floating-point tensor with one element, or a path to it contains an op without a
 * VJP rule
 * @example
 * ```ts
 * import { createReferenceExecutor, float32, grad, square, sum, trace } from "@bertie/engine";
 *
 * const program = trace(({ feed }) => {
 *   const x = feed("x", "float32", [3]);
 *   const [dx] = grad(sum(square(x)), [x]);
 *   return { outputs: { dx: dx! } };
 * });
 * const compiled = await createReferenceExecutor().compile(program);
 * const { dx } = await compiled.run({ x: float32(Float32Array.of(1, 2, 3)) });
 * console.log(dx?.data); // Float32Array(3) [ 2, 4, 6 ]
 * ```
 */
export function grad(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (sizeOf(loss.shape) !== 1 || !isFloat(loss.dtype))
    throw new Error(
      `grad: the loss is ${loss.dtype}[${loss.shape}], expected a float with one element. Reduce it with sum() or mean().`,
    );
  const { graph } = loss;
  const forward = graph.nodes.slice();
  const active = dependents(forward, wrt);
  const gradients = new Map<number, Tensor>([[loss.id, broadcastTo(constant(graph, 1, loss.dtype), loss.shape)]]);

  for (const node of forward.reverse()) {
    if (node.outputs.slice(1).some(({ id }) => gradients.has(id)))
      throw new Error(`grad: ${node.op} cannot be differentiated twice. Compose it from other ops instead.`);
    const dy = gradients.get(node.outputs[0]!.id);
    if (dy === undefined || !node.inputs.some(({ id }) => active.has(id))) continue;
    if (!(node.op in vjpRules))
      throw new Error(`grad: ${node.op} has no VJP rule. Remove it from the path between the loss and the tensors.`);
    const rule = vjpRules[node.op as keyof typeof vjpRules] as (node: Node, dy: Tensor) => (Tensor | undefined)[];
    for (const [i, dx] of rule(node, dy).entries()) {
      const { id } = node.inputs[i]!;
      if (dx === undefined || !active.has(id)) continue;
      const total = gradients.get(id);
      gradients.set(id, total === undefined ? dx : add(total, dx));
    }
  }
  return wrt.map((x) => gradients.get(x.id) ?? broadcastTo(constant(graph, 0, x.dtype), x.shape));
}

/** Returns the ids of the tensors and of all floating-point tensors computed from them. */
function dependents(nodes: readonly Node[], tensors: readonly Tensor[]): Set<number> {
  const ids = new Set(tensors.map(({ id }) => id));
  for (const { inputs, outputs } of nodes)
    if (inputs.some(({ id }) => ids.has(id))) for (const { id, dtype } of outputs) if (isFloat(dtype)) ids.add(id);
  return ids;
}
