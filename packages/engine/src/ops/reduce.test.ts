import { describe, expect, it } from "vitest";
import { createGraph } from "../graph.ts";
import { evaluate, floats, ints } from "../testing/evaluate.ts";
import { constant } from "./constant.ts";
import { greater } from "./elementwise.ts";
import { max, mean, sum, sumTo } from "./reduce.ts";

const x = floats([2, 3], 1, 5, 3, 4, 2, 9);

describe("sum(), mean(), max()", () => {
  it("reduce one axis, counted from either end", async () => {
    expect(await evaluate([x], (a) => sum(a, 0))).toEqual(floats([3], 5, 7, 12));
    expect(await evaluate([x], (a) => sum(a, -1))).toEqual(floats([2], 9, 15));
    expect(await evaluate([x], (a) => mean(a, 1))).toEqual(floats([2], 3, 5));
    expect(await evaluate([x], (a) => max(a, -2))).toEqual(floats([3], 4, 5, 9));
  });

  it("reduce several axes in any order", async () => {
    const cube = floats([2, 2, 2], 1, 2, 3, 4, 5, 6, 7, 8);
    expect(await evaluate([cube], (a) => sum(a, [2, 0]))).toEqual(floats([2], 14, 22));
    expect(await evaluate([cube], (a) => max(a, [0, -1]))).toEqual(floats([2], 6, 8));
  });

  it("reduce all axes by default, and no axes for an empty list", async () => {
    expect(await evaluate([x], (a) => sum(a))).toEqual(floats([], 24));
    expect(await evaluate([x], (a) => mean(a))).toEqual(floats([], 4));
    expect(await evaluate([x], (a) => max(a))).toEqual(floats([], 9));
    expect(await evaluate([x], (a) => sum(a, []))).toEqual(x);
    expect(await evaluate([floats([], 3)], (a) => mean(a))).toEqual(floats([], 3));
  });

  it("keep the reduced axes with keepDims", async () => {
    expect(await evaluate([x], (a) => sum(a, 0, { keepDims: true }))).toEqual(floats([1, 3], 5, 7, 12));
    expect(await evaluate([x], (a) => max(a, [0, 1], { keepDims: true }))).toEqual(floats([1, 1], 9));
    expect(await evaluate([x], (a) => mean(a, 1, { keepDims: true }))).toEqual(floats([2, 1], 3, 5));
  });

  it("return 0 and −∞ for empty tensors", async () => {
    expect(await evaluate([floats([2, 0])], (a) => sum(a, 1))).toEqual(floats([2], 0, 0));
    expect(await evaluate([floats([0])], (a) => max(a))).toEqual(floats([], Number.NEGATIVE_INFINITY));
  });

  it("reduce int32", async () => {
    expect(await evaluate([ints([3], -5, -2, -9)], (a) => sum(a))).toEqual(ints([], -16));
    expect(await evaluate([ints([3], -5, -2, -9)], (a) => max(a))).toEqual(ints([], -2));
  });

  it("sum() adds in double precision and rounds once", async () => {
    const many = floats([3], 2 ** 24, 1, 1);
    expect(await evaluate([many], (a) => sum(a))).toEqual(floats([], 2 ** 24 + 2));
  });

  it("reject axes that are out of range or repeated, bool, and the mean of integers", () => {
    const graph = createGraph();
    const a = constant(graph, [1, 2], "float32", [2, 1]);
    expect(() => sum(a, 2)).toThrow("axes [2] of a tensor of rank 2");
    expect(() => sum(a, -3)).toThrow("axes [-3] of a tensor of rank 2");
    expect(() => sum(a, [0, -2])).toThrow("axes [0,-2] of a tensor of rank 2");
    expect(() => max(greater(a, 1))).toThrow("max: the operand is bool");
    expect(() => mean(constant(graph, [1, 2], "int32"))).toThrow("int32 cannot represent 0.5");
  });
});

describe("sumTo()", () => {
  it("sums over the axes that broadcasting repeats", async () => {
    expect(await evaluate([x], (a) => sumTo(a, [3]))).toEqual(floats([3], 5, 7, 12));
    expect(await evaluate([x], (a) => sumTo(a, [2, 1]))).toEqual(floats([2, 1], 9, 15));
    expect(await evaluate([x], (a) => sumTo(a, [1, 1]))).toEqual(floats([1, 1], 24));
    expect(await evaluate([x], (a) => sumTo(a, []))).toEqual(floats([], 24));
    expect(await evaluate([x], (a) => sumTo(a, [2, 3]))).toEqual(x);
  });
});
