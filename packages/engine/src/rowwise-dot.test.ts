import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import type { Tensor } from "./graph.ts";
import { dropout, softmax } from "./ops/composite.ts";
import { mul } from "./ops/elementwise.ts";
import { matmul } from "./ops/matmul.ts";
import { sum } from "./ops/reduce.ts";
import { rowwiseDot } from "./rowwise-dot.ts";
import { sizeOf } from "./shape.ts";
import { evaluate, floats, traceFunction } from "./testing/evaluate.ts";

const random = new Random(42, "row sums");
const normal = (...shape: number[]) =>
  floats(shape, ...Array.from({ length: sizeOf(shape) }, () => random.nextNormal()));

/** Inputs of attention: scores, values with the given number of columns, and the gradient of the result. */
const inputs = (columns: number) => [normal(2, 5, 7), normal(2, 7, columns), normal(2, 5, columns)];

/** Returns the softmax of the scores, the weights after dropout, the gradient of the softmax, and the values. */
function attention(scores: Tensor, v: Tensor, g: Tensor, rate: number) {
  const y = softmax(scores);
  const weights = dropout(y, rate);
  const mask = weights.graph.nodes.find(({ op }) => op === "dropoutMask")?.outputs[0];
  const slope = matmul(g, v, { transposeB: true });
  return { y, weights, dy: mask === undefined ? slope : mul(slope, mask), v };
}

const unoptimized = (a: Tensor, b: Tensor) => sum(mul(a, b), -1, { keepDims: true });

describe("rowwiseDot()", () => {
  it.each([0, 0.4])("reads the matmul that has fewer columns, with dropout %f", async (rate) => {
    const build = (dot: typeof rowwiseDot) => (scores: Tensor, v: Tensor, g: Tensor) => {
      const { y, weights, dy } = attention(scores, v, g, rate);
      matmul(weights, v);
      return dot(dy, y);
    };
    const given = inputs(3);
    const program = traceFunction(given, build(rowwiseDot));
    expect(program.nodes.at(-2)).toMatchObject({ op: "mul", outputs: [{ shape: [2, 5, 3] }] });
    const options = { precision: "float64", dropoutSeed: [42, 7] } as const;
    const [ours, theirs] = [
      await evaluate(given, build(rowwiseDot), options),
      await evaluate(given, build(unoptimized), options),
    ];
    expect(ours.shape).toEqual([2, 5, 1]);
    for (const [i, x] of ours.data.entries()) expect(x).toBeCloseTo(theirs.data[i]!, 5);
  });

  it.each<[string, number, (parts: ReturnType<typeof attention>) => void]>([
    ["if there is no matmul", 3, () => {}],
    ["if the matmul has other weights", 3, ({ y, v }) => matmul(y, v)],
    ["if the matmul has other values", 3, ({ weights, v }) => matmul(weights, mul(v, 2))],
    ["if the matmul has as many columns", 7, ({ weights, v }) => matmul(weights, v)],
  ])("reads a and b %s", async (_, columns, product) => {
    const build = (scores: Tensor, v: Tensor, g: Tensor) => {
      const parts = attention(scores, v, g, 0.4);
      product(parts);
      return rowwiseDot(parts.dy, parts.y);
    };
    expect(traceFunction(inputs(columns), build).nodes.at(-2)).toMatchObject({
      op: "mul",
      outputs: [{ shape: [2, 5, 7] }],
    });
  });
});
