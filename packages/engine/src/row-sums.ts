import type { Graph, Node, Tensor } from "./graph.ts";
import { mul } from "./ops/elementwise.ts";
import { sum } from "./ops/reduce.ts";
import { sameShape, sizeOf } from "./shape.ts";

/**
 * The sums of the rows of a ∘ b, with the last axis kept.
 *
 * Where a ∘ b is w ∘ (g vᵀ), and the graph has w v, they are those of g ∘ (w v), which has as many columns as v: in attention
 * the gradient of the softmax, w with what dropout left of it, asks for such sums, and the scores, of which there are as many
 * as queries times keys, need not be gone through for it (Dao et al., 2022, appendix B.4).
 */
export function rowSums(a: Tensor, b: Tensor): Tensor {
  const [x, y] = smallerFactors(a, b) ?? [a, b];
  return sum(mul(x, y), -1, { keepDims: true });
}

function smallerFactors(a: Tensor, b: Tensor): readonly [Tensor, Tensor] | undefined {
  const makers = new Map(a.graph.nodes.map((node) => [node.outputs[0]!.id, node]));
  const factors = [a, b].flatMap((each) => factorsOf(each, makers));
  for (const product of factors) {
    const node = makers.get(product.id);
    const [g, v] = node?.inputs ?? [];
    if (!isProduct(node, false, true) || sizeOf(g!.shape) >= sizeOf(product.shape)) continue;
    const others = factors.toSpliced(factors.indexOf(product), 1);
    const mixed = productOf(a.graph, makers, others, v!);
    if (mixed !== undefined && sameShape(mixed.shape, g!.shape)) return [g!, mixed];
  }
  return undefined;
}

/** What is multiplied, element by element, to make the tensor. */
function factorsOf(x: Tensor, makers: ReadonlyMap<number, Node>): Tensor[] {
  const node = makers.get(x.id);
  const isWhole = node?.op === "mul" && node.inputs.every(({ shape }) => sameShape(shape, x.shape));
  return isWhole ? node.inputs.flatMap((input) => factorsOf(input, makers)) : [x];
}

/** The product of w and v, if the graph has it, where w is made of these factors. */
function productOf(
  graph: Graph,
  makers: ReadonlyMap<number, Node>,
  factors: readonly Tensor[],
  v: Tensor,
): Tensor | undefined {
  const ids = (tensors: readonly Tensor[]) => tensors.map(({ id }) => id).sort((p, q) => p - q).join(); // biome-ignore format: short
  const wanted = ids(factors);
  const node = graph.nodes.find(
    (each) =>
      isProduct(each, false, false) && each.inputs[1] === v && ids(factorsOf(each.inputs[0]!, makers)) === wanted,
  );
  return node?.outputs[0];
}

function isProduct(node: Node | undefined, a: boolean, b: boolean): boolean {
  return node?.op === "matmul" && node.attributes.transposeA === a && node.attributes.transposeB === b;
}
