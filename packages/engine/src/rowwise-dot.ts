import type { Graph, Node, Tensor } from "./graph.ts";
import { mul } from "./ops/elementwise.ts";
import { sum } from "./ops/reduce.ts";
import { sameShape, sizeOf } from "./shape.ts";

type Producers = ReadonlyMap<number, Node>;

/**
 * Returns the dot product of each pair of rows of a and b, sum(a ∘ b) over the last axis, which is kept.
 *
 * If a ∘ b has the form w ∘ (g vᵀ), and the graph already contains the matmul w v, the result is computed as the
 * rowwise dot product of g and w v, which have as many columns as v. The gradient of the softmax in attention has this
 * form, where w is the weights after dropout. It therefore does not read all `[queries, keys]` scores (Dao et al.,
 * 2022, appendix B.4).
 */
export function rowwiseDot(a: Tensor, b: Tensor): Tensor {
  const [x, y] = smallerOperands(a, b) ?? [a, b];
  return sum(mul(x, y), -1, { keepDims: true });
}

function smallerOperands(a: Tensor, b: Tensor): readonly [Tensor, Tensor] | undefined {
  const producers = new Map(a.graph.nodes.map((node) => [node.outputs[0]!.id, node]));
  const factors = [a, b].flatMap((each) => factorsOf(each, producers));
  for (const factor of factors) {
    const node = producers.get(factor.id);
    const [g, v] = node?.inputs ?? [];
    if (!isMatmul(node, { transposeB: true }) || sizeOf(g!.shape) >= sizeOf(factor.shape)) continue;
    const weights = factors.toSpliced(factors.indexOf(factor), 1);
    const weighted = findMatmul(a.graph, producers, weights, v!);
    if (weighted !== undefined && sameShape(weighted.shape, g!.shape)) return [g!, weighted];
  }
  return undefined;
}

/** Returns the tensors whose elementwise product is x. */
function factorsOf(x: Tensor, producers: Producers): Tensor[] {
  const node = producers.get(x.id);
  const isElementwise = node?.op === "mul" && node.inputs.every(({ shape }) => sameShape(shape, x.shape));
  return isElementwise ? node.inputs.flatMap((input) => factorsOf(input, producers)) : [x];
}

/**
 * Returns the graph's matmul of w and v, where w is the elementwise product of `factors`; undefined if there is none.
 */
function findMatmul(graph: Graph, producers: Producers, factors: readonly Tensor[], v: Tensor): Tensor | undefined {
  const keyOf = (tensors: readonly Tensor[]) => tensors.map(({ id }) => id).sort((p, q) => p - q).join(); // biome-ignore format: short
  const wanted = keyOf(factors);
  const node = graph.nodes.find(
    (each) =>
      isMatmul(each, { transposeB: false }) &&
      each.inputs[1] === v &&
      keyOf(factorsOf(each.inputs[0]!, producers)) === wanted,
  );
  return node?.outputs[0];
}

function isMatmul(node: Node | undefined, { transposeB }: { readonly transposeB: boolean }): boolean {
  return node?.op === "matmul" && !node.attributes.transposeA && node.attributes.transposeB === transposeB;
}
