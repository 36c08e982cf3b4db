import { describe, expect, it } from "vitest";
import { createGraph } from "../graph.ts";
import { bools, evaluate, floats, ints } from "../testing/evaluate.ts";
import { constant } from "./constant.ts";
import { broadcastTo, concat, pad, reshape, slice, transpose } from "./layout.ts";

const x = floats([2, 3], 1, 2, 3, 4, 5, 6);
const graph = createGraph();
const matrix = constant(graph, [1, 2, 3, 4, 5, 6], "float32", [2, 3]);

describe("reshape()", () => {
  it("keeps values and order", async () => {
    expect(await evaluate([x], (a) => reshape(a, [3, 1, 2]))).toEqual(floats([3, 1, 2], 1, 2, 3, 4, 5, 6));
    expect(await evaluate([floats([], 7)], (a) => reshape(a, [1, 1]))).toEqual(floats([1, 1], 7));
    expect(await evaluate([floats([1], 7)], (a) => reshape(a, []))).toEqual(floats([], 7));
    expect(await evaluate([bools([2], 1, 0)], (a) => reshape(a, [2, 1]))).toEqual(bools([2, 1], 1, 0));
  });

  it("to the same shape is the tensor itself; to another size is refused", () => {
    expect(reshape(matrix, [2, 3])).toBe(matrix);
    expect(() => reshape(matrix, [2, 2])).toThrow("reshape of [2,3] to [2,2]");
  });
});

describe("transpose()", () => {
  it("moves axis permutation[i] to i", async () => {
    expect(await evaluate([x], (a) => transpose(a, [1, 0]))).toEqual(floats([3, 2], 1, 4, 2, 5, 3, 6));
    const cube = ints([1, 2, 3], 1, 2, 3, 4, 5, 6);
    expect(await evaluate([cube], (a) => transpose(a, [2, 0, 1]))).toEqual(ints([3, 1, 2], 1, 4, 2, 5, 3, 6));
    expect(await evaluate([cube], (a) => transpose(a, [1, 2, 0]))).toEqual(ints([2, 3, 1], 1, 2, 3, 4, 5, 6));
  });

  it("refuses what is no permutation; the identity is the tensor itself", () => {
    expect(transpose(matrix, [0, 1])).toBe(matrix);
    for (const permutation of [[0], [0, 0], [1, 2], [0, 1, 2]])
      expect(() => transpose(matrix, permutation)).toThrow(`transpose of [2,3] by [${permutation}]`);
  });
});

describe("broadcastTo()", () => {
  it("repeats along missing axes and dimensions of 1", async () => {
    expect(await evaluate([floats([2, 1], 1, 2)], (a) => broadcastTo(a, [2, 2, 2]))).toEqual(
      floats([2, 2, 2], 1, 1, 2, 2, 1, 1, 2, 2),
    );
    expect(await evaluate([ints([], 3)], (a) => broadcastTo(a, [2]))).toEqual(ints([2], 3, 3));
  });

  it("refuses to shrink, or to repeat a dimension that is not 1", () => {
    expect(() => broadcastTo(matrix, [1, 3])).toThrow("broadcast of [2,3] to [1,3]");
    expect(() => broadcastTo(matrix, [3])).toThrow("broadcast of [2,3] to [3]");
    expect(() => broadcastTo(matrix, [4, 3])).toThrow("do not broadcast");
  });
});

describe("slice()", () => {
  it("takes `size` entries from `start` on, along any axis", async () => {
    expect(await evaluate([x], (a) => slice(a, 1, 1, 2))).toEqual(floats([2, 2], 2, 3, 5, 6));
    expect(await evaluate([x], (a) => slice(a, -1, 0, 1))).toEqual(floats([2, 1], 1, 4));
    expect(await evaluate([x], (a) => slice(a, 0, 1, 1))).toEqual(floats([1, 3], 4, 5, 6));
    expect(await evaluate([x], (a) => slice(a, 0, 1, 0))).toEqual(floats([0, 3]));
  });

  it("refuses what reaches over the ends", () => {
    expect(() => slice(matrix, 1, 2, 2)).toThrow("slice [2, 4) of axis 1 of [2,3]");
    expect(() => slice(matrix, 1, -1, 2)).toThrow("slice [-1, 1)");
    expect(() => slice(matrix, 1, 1, -1)).toThrow("slice [1, 0)");
    expect(() => slice(matrix, 2, 0, 1)).toThrow("axes [2] of a tensor of rank 2");
  });
});

describe("pad()", () => {
  it("puts zeros before and after", async () => {
    expect(await evaluate([x], (a) => pad(a, 1, 1, 2))).toEqual(floats([2, 6], 0, 1, 2, 3, 0, 0, 0, 4, 5, 6, 0, 0));
    expect(await evaluate([x], (a) => pad(a, -2, 1, 0))).toEqual(floats([3, 3], 0, 0, 0, 1, 2, 3, 4, 5, 6));
  });

  it("refuses negative widths", () => {
    expect(() => pad(matrix, 0, -1, 1)).toThrow("pad by -1 and 1");
  });
});

describe("concat()", () => {
  it("puts tensors one after the other along any axis", async () => {
    const more = floats([2, 1], 7, 8);
    expect(await evaluate([x, more, x], (...parts) => concat(parts, -1))).toEqual(
      floats([2, 7], 1, 2, 3, 7, 1, 2, 3, 4, 5, 6, 8, 4, 5, 6),
    );
    expect(await evaluate([x, floats([1, 3], 7, 8, 9)], (...parts) => concat(parts, 0))).toEqual(
      floats([3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9),
    );
  });

  it("refuses nothing, and parts that differ elsewhere", () => {
    expect(() => concat([], 0)).toThrow("concat of nothing");
    expect(() => concat([matrix, reshape(matrix, [3, 2])], 0)).toThrow("concat of [2,3] and [3,2] along axis 0");
    expect(() => concat([matrix, constant(graph, [1, 2, 3])], 0)).toThrow("concat of [2,3] and [3]");
    expect(() => concat([constant(graph, [1]), constant(graph, [1], "int32")], 0)).toThrow("concat of");
    expect(concat([matrix], 0)).toBe(matrix);
  });
});
