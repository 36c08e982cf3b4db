import { describe, expect, it } from "vitest";
import { createGraph } from "../graph.ts";
import { evaluate, floats, ints } from "../testing/evaluate.ts";
import { constant } from "./constant.ts";
import { cast } from "./elementwise.ts";
import { linear, matmul } from "./matmul.ts";

const a = floats([2, 3], 1, 2, 3, 4, 5, 6);
const aTransposed = floats([3, 2], 1, 4, 2, 5, 3, 6);
const b = floats([3, 2], 1, 0, -1, 2, 10, 1);
const bTransposed = floats([2, 3], 1, -1, 10, 0, 2, 1);
const product = floats([2, 2], 29, 7, 59, 16);

describe("matmul()", () => {
  it.each([
    [false, false, a, b],
    [true, false, aTransposed, b],
    [false, true, a, bTransposed],
    [true, true, aTransposed, bTransposed],
  ] as const)(
    "multiplies matrices with transposeA %s and transposeB %s",
    async (transposeA, transposeB, left, right) => {
      expect(await evaluate([left, right], (x, y) => matmul(x, y, { transposeA, transposeB }))).toEqual(product);
    },
  );

  it("multiplies batches of matrices pairwise", async () => {
    const left = floats([2, 1, 1, 2], 1, 2, 3, 4);
    const right = floats([2, 1, 2, 1], 10, 1, 100, 10);
    expect(await evaluate([left, right], (x, y) => matmul(x, y))).toEqual(floats([2, 1, 1, 1], 12, 340));
    const flipped = { transposeA: true, transposeB: true };
    const expected = floats([2, 1, 2, 2], 10, 1, 20, 2, 300, 30, 400, 40);
    expect(await evaluate([left, right], (x, y) => matmul(x, y, flipped))).toEqual(expected);
  });

  it("returns zeros for an inner dimension of 0, and no rows for an outer dimension of 0", async () => {
    expect(await evaluate([floats([2, 0]), floats([0, 1])], (x, y) => matmul(x, y))).toEqual(floats([2, 1], 0, 0));
    expect(await evaluate([floats([0, 2]), floats([2, 1], 1, 1)], (x, y) => matmul(x, y))).toEqual(floats([0, 1]));
  });

  it("rejects operands that differ in inner dimension, batch shape, rank or dtype", () => {
    const graph = createGraph();
    const zeros = (...shape: number[]) =>
      constant(graph, new Array(shape.reduce((x, y) => x * y, 1)).fill(0), "float32", shape);
    expect(() => matmul(zeros(2, 3), zeros(2, 3))).toThrow("cannot multiply float32[2,3] and float32[2,3]");
    expect(() => matmul(zeros(2, 3), zeros(3, 2), { transposeA: true })).toThrow(
      "cannot multiply float32[2,3] transposed and float32[3,2]",
    );
    expect(() => matmul(zeros(2, 2, 3), zeros(3, 2))).toThrow("cannot multiply");
    expect(() => matmul(zeros(2, 2, 3), zeros(3, 3, 2))).toThrow("cannot multiply");
    expect(() => matmul(zeros(3), zeros(3, 2))).toThrow("cannot multiply");
    expect(() => matmul(zeros(2, 3), cast(zeros(3, 2), "float16"))).toThrow("float32[2,3] and float16[3,2]");
  });
});

describe("linear()", () => {
  it("multiplies by the transposed weight, adds the bias, and keeps the leading axes", async () => {
    const x = floats([1, 2, 3], 1, 2, 3, 4, 5, 6);
    const bias = floats([2], 100, 200);
    expect(await evaluate([x, bTransposed, bias], linear)).toEqual(floats([1, 2, 2], 129, 207, 159, 216));
    expect(await evaluate([floats([3], 1, 2, 3), bTransposed, bias], linear)).toEqual(floats([2], 129, 207));
  });

  it("rejects a weight or bias of another width", () => {
    const graph = createGraph();
    const [x, weight, bias] = [
      constant(graph, [1, 2]),
      constant(graph, [1, 2, 3], "float32", [1, 3]),
      constant(graph, [1]),
    ];
    expect(() => linear(x, weight, bias)).toThrow("linear: x is [2], weight [1,3], bias [1]");
    expect(() => linear(weight, weight, x)).toThrow("linear: x is [1,3], weight [1,3], bias [2]");
  });
});

it("matmul() multiplies int32 matrices", async () => {
  expect(await evaluate([ints([1, 2], 2, 3), ints([2, 1], 5, 7)], (x, y) => matmul(x, y))).toEqual(ints([1, 1], 31));
});
