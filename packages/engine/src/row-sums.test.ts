import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import type { Tensor } from "./graph.ts";
import { dropout, softmax } from "./ops/composite.ts";
import { mul } from "./ops/elementwise.ts";
import { matmul } from "./ops/matmul.ts";
import { sum } from "./ops/reduce.ts";
import { rowSums } from "./row-sums.ts";
import { sizeOf } from "./shape.ts";
import { evaluate, floats, traceFunction } from "./testing/evaluate.ts";

const random = new Random(42, "row sums");
const normal = (...shape: number[]) =>
  floats(shape, ...Array.from({ length: sizeOf(shape) }, () => random.nextNormal()));

// Of attention: scores [2, 5, 7], of which `columns` numbers a value are mixed, with the gradient of the result.
const inputs = (columns: number) => [normal(2, 5, 7), normal(2, 7, columns), normal(2, 5, columns)];

/** Weights, what is mixed by them, and their gradient. */
function attention(scores: Tensor, v: Tensor, g: Tensor, rate: number) {
  const y = softmax(scores);
  const weights = dropout(y, rate);
  const mask = weights.graph.nodes.find(({ op }) => op === "dropoutMask")?.outputs[0];
  const slope = matmul(g, v, { transposeB: true });
  return { y, weights, dy: mask === undefined ? slope : mul(slope, mask), v };
}

const plainly = (a: Tensor, b: Tensor) => sum(mul(a, b), -1, { keepDims: true });

describe("rowSums()", () => {
  it.each([0, 0.4])("are those of the product that has fewer columns, with dropout %f", async (rate) => {
    const build = (sums: typeof rowSums) => (scores: Tensor, v: Tensor, g: Tensor) => {
      const { y, weights, dy } = attention(scores, v, g, rate);
      matmul(weights, v);
      return sums(dy, y);
    };
    const given = inputs(3);
    const program = traceFunction(given, build(rowSums));
    expect(program.nodes.at(-2)).toMatchObject({ op: "mul", outputs: [{ shape: [2, 5, 3] }] });
    const options = { precision: "float64", dropoutSeed: [42, 7] } as const;
    const [ours, theirs] = [
      await evaluate(given, build(rowSums), options),
      await evaluate(given, build(plainly), options),
    ];
    expect(ours.shape).toEqual([2, 5, 1]);
    for (const [i, x] of ours.data.entries()) expect(x).toBeCloseTo(theirs.data[i]!, 5);
  });

  it.each<[string, number, (parts: ReturnType<typeof attention>) => void]>([
    ["that is not there", 3, () => {}],
    ["of other weights", 3, ({ y, v }) => matmul(y, v)],
    ["of other values", 3, ({ weights, v }) => matmul(weights, mul(v, 2))],
    ["that has as many columns", 7, ({ weights, v }) => matmul(weights, v)],
  ])("are not taken of a product %s", async (_, columns, product) => {
    const build = (scores: Tensor, v: Tensor, g: Tensor) => {
      const parts = attention(scores, v, g, 0.4);
      product(parts);
      return rowSums(parts.dy, parts.y);
    };
    expect(traceFunction(inputs(columns), build).nodes.at(-2)).toMatchObject({
      op: "mul",
      outputs: [{ shape: [2, 5, 7] }],
    });
  });
});
