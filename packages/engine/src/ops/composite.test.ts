import { describe, expect, it } from "vitest";
import { fillDropoutMask } from "../dropout-mask.ts";
import { createGraph } from "../graph.ts";
import { evaluate, floats, ints } from "../testing/evaluate.ts";
import { crossEntropy, dropout, layerNorm, softmax } from "./composite.ts";
import { constant } from "./constant.ts";
import { add, cast } from "./elementwise.ts";

const graph = createGraph();
const matrix = constant(graph, [1, 2, 3, 4], "float32", [2, 2]);
const row = constant(graph, [1, 2]);

describe("softmax()", () => {
  it("normalizes each row of the last axis to a sum of 1", async () => {
    const { shape, data } = await evaluate([floats([2, 1, 2], 0, 0, 0, Math.log(3))], softmax, {
      precision: "float64",
    });
    expect(shape).toEqual([2, 1, 2]);
    for (const [i, expected] of [0.5, 0.5, 0.25, 0.75].entries()) expect(data[i]).toBeCloseTo(expected, 7);
  });

  it("does not overflow, and returns 0 for −∞", async () => {
    expect(await evaluate([floats([3], 1000, 1000, Number.NEGATIVE_INFINITY)], softmax)).toEqual(
      floats([3], 0.5, 0.5, 0),
    );
  });

  it("rejects scalars and integers", () => {
    expect(() => softmax(constant(graph, 1))).toThrow(
      "softmax: the operand is float32[], expected a floating-point tensor of rank 1",
    );
    expect(() => softmax(constant(graph, [1], "int32"))).toThrow("softmax: the operand is int32[1]");
  });
});

describe("layerNorm()", () => {
  it("normalizes each row by its mean and biased variance plus epsilon, then scales and shifts it", async () => {
    const x = floats([2, 1, 2], 1, 3, 10, 10);
    const [gamma, beta] = [floats([2], 10, 100), floats([2], 1, 2)];
    // Row 1 has mean 2, variance 1, and 1/√(1 + 3) = ½; row 2 is constant.
    expect(await evaluate([x, gamma, beta], (...a) => layerNorm(a[0]!, a[1]!, a[2]!, 3))).toEqual(
      floats([2, 1, 2], -4, 52, 1, 2),
    );
  });

  it("rejects gamma and beta of another shape or dtype", () => {
    const wide = constant(graph, [1, 2, 3]);
    expect(() => layerNorm(matrix, wide, row, 1)).toThrow("layerNorm: x is float32[2,2] and gamma is float32[3]");
    expect(() => layerNorm(matrix, row, wide, 1)).toThrow("layerNorm: x is float32[2,2] and beta is float32[3]");
    expect(() => layerNorm(matrix, row, cast(row, "float16"), 1)).toThrow("beta is float16[2]");
  });
});

describe("crossEntropy()", () => {
  it("returns −log softmax at the label of each row", async () => {
    const logits = floats([2, 3], 0, 0, 0, Math.log(2), Math.log(5), Math.log(3));
    const { shape, data } = await evaluate([logits, ints([2], 1, 0)], crossEntropy, { precision: "float64" });
    expect(shape).toEqual([2]);
    expect(data[0]).toBeCloseTo(Math.log(3), 7);
    expect(data[1]).toBeCloseTo(Math.log(5), 7);
  });

  it("does not overflow", async () => {
    expect(await evaluate([floats([1, 2], 1e4, -1e4), ints([1], 1)], crossEntropy)).toEqual(floats([1], 2e4));
  });

  it("throws for a label that is not a class", async () => {
    await expect(evaluate([floats([1, 2], 1, 2), ints([1], 2)], crossEntropy)).rejects.toThrow(
      "crossEntropy: index 2 is out of range [0, 2)",
    );
  });

  it("rejects labels of another shape or dtype, and logits that are not a matrix", () => {
    const label = constant(graph, [0], "int32");
    expect(() => crossEntropy(matrix, label)).toThrow(
      "crossEntropy: the logits are [2,2] and the labels are int32[1], expected [rows, classes] and int32[rows]",
    );
    expect(() => crossEntropy(matrix, row)).toThrow("the logits are [2,2] and the labels are float32[2]");
    expect(() => crossEntropy(row, label)).toThrow("the logits are [2]");
  });
});

describe("dropout()", () => {
  it("applies the mask of its site and divides by 1 − rate", async () => {
    const x = floats([4, 5], ...Array.from({ length: 20 }, (_, i) => i + 1));
    const masks = [0, 1].map((site) => {
      const mask = new Uint8Array(20);
      fillDropoutMask(mask, 0.5, [42, 7], site);
      return mask;
    });
    const twice = await evaluate([x], (a) => add(dropout(a, 0.5), dropout(a, 0.5)), { dropoutSeed: [42, 7] });
    expect([...twice.data]).toEqual([...x.data].map((value, i) => 2 * value * (masks[0]![i]! + masks[1]![i]!)));
  });

  it("returns its input at rate 0, and rejects rates outside [0, 1)", () => {
    expect(dropout(matrix, 0)).toBe(matrix);
    for (const rate of [-0.1, 1, Number.NaN])
      expect(() => dropout(matrix, rate)).toThrow(`dropout: the rate is ${rate}, expected a number in [0, 1)`);
  });
});
