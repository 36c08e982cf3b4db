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

  it("returns its input for the same shape, and rejects another size", () => {
    expect(reshape(matrix, [2, 3])).toBe(matrix);
    expect(() => reshape(matrix, [2, 2])).toThrow("reshape: cannot reshape [2,3] to [2,2]");
  });
});

describe("transpose()", () => {
  it("moves axis permutation[i] to axis i", async () => {
    expect(await evaluate([x], (a) => transpose(a, [1, 0]))).toEqual(floats([3, 2], 1, 4, 2, 5, 3, 6));
    const cube = ints([1, 2, 3], 1, 2, 3, 4, 5, 6);
    expect(await evaluate([cube], (a) => transpose(a, [2, 0, 1]))).toEqual(ints([3, 1, 2], 1, 4, 2, 5, 3, 6));
    expect(await evaluate([cube], (a) => transpose(a, [1, 2, 0]))).toEqual(ints([2, 3, 1], 1, 2, 3, 4, 5, 6));
  });

  it("returns its input for the identity, and rejects lists that are not a permutation", () => {
    expect(transpose(matrix, [0, 1])).toBe(matrix);
    for (const permutation of [[0], [0, 0], [1, 2], [0, 1, 2]])
      expect(() => transpose(matrix, permutation)).toThrow(`transpose: [${permutation}] is not a permutation`);
  });
});

describe("broadcastTo()", () => {
  it("repeats x along missing axes and dimensions of 1", async () => {
    expect(await evaluate([floats([2, 1], 1, 2)], (a) => broadcastTo(a, [2, 2, 2]))).toEqual(
      floats([2, 2, 2], 1, 1, 2, 2, 1, 1, 2, 2),
    );
    expect(await evaluate([ints([], 3)], (a) => broadcastTo(a, [2]))).toEqual(ints([2], 3, 3));
  });

  it("rejects smaller shapes, and dimensions that differ and are not 1", () => {
    expect(() => broadcastTo(matrix, [1, 3])).toThrow("cannot broadcast [2,3] to [1,3]");
    expect(() => broadcastTo(matrix, [3])).toThrow("cannot broadcast [2,3] to [3]");
    expect(() => broadcastTo(matrix, [4, 3])).toThrow("do not broadcast");
  });
});

describe("slice()", () => {
  it("returns `size` entries from `start` along any axis", async () => {
    expect(await evaluate([x], (a) => slice(a, 1, 1, 2))).toEqual(floats([2, 2], 2, 3, 5, 6));
    expect(await evaluate([x], (a) => slice(a, -1, 0, 1))).toEqual(floats([2, 1], 1, 4));
    expect(await evaluate([x], (a) => slice(a, 0, 1, 1))).toEqual(floats([1, 3], 4, 5, 6));
    expect(await evaluate([x], (a) => slice(a, 0, 1, 0))).toEqual(floats([0, 3]));
  });

  it("rejects ranges outside the axis, and axes outside the shape", () => {
    expect(() => slice(matrix, 1, 2, 2)).toThrow("slice: [2, 4) is not a range within axis 1 of [2,3]");
    expect(() => slice(matrix, 1, -1, 2)).toThrow("slice: [-1, 1)");
    expect(() => slice(matrix, 1, 1, -1)).toThrow("slice: [1, 0)");
    expect(() => slice(matrix, 2, 0, 1)).toThrow("axes [2] of a tensor of rank 2");
  });
});

describe("pad()", () => {
  it("adds zeros before and after x", async () => {
    expect(await evaluate([x], (a) => pad(a, 1, 1, 2))).toEqual(floats([2, 6], 0, 1, 2, 3, 0, 0, 0, 4, 5, 6, 0, 0));
    expect(await evaluate([x], (a) => pad(a, -2, 1, 0))).toEqual(floats([3, 3], 0, 0, 0, 1, 2, 3, 4, 5, 6));
  });

  it("rejects negative widths", () => {
    expect(() => pad(matrix, 0, -1, 1)).toThrow("pad: the widths are -1 and 1, expected 0 or more");
  });
});

describe("concat()", () => {
  it("concatenates tensors along any axis", async () => {
    const more = floats([2, 1], 7, 8);
    expect(await evaluate([x, more, x], (...parts) => concat(parts, -1))).toEqual(
      floats([2, 7], 1, 2, 3, 7, 1, 2, 3, 4, 5, 6, 8, 4, 5, 6),
    );
    expect(await evaluate([x, floats([1, 3], 7, 8, 9)], (...parts) => concat(parts, 0))).toEqual(
      floats([3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9),
    );
  });

  it("rejects an empty list, and tensors that differ in dtype or in another dimension", () => {
    expect(() => concat([], 0)).toThrow("concat: the list of tensors is empty");
    expect(() => concat([matrix, reshape(matrix, [3, 2])], 0)).toThrow(
      "concat: float32[2,3] and float32[3,2] differ in dtype or in a dimension other than axis 0",
    );
    expect(() => concat([matrix, constant(graph, [1, 2, 3])], 0)).toThrow("float32[2,3] and float32[3] differ");
    expect(() => concat([constant(graph, [1]), constant(graph, [1], "int32")], 0)).toThrow("float32[1] and int32[1]");
    expect(concat([matrix], 0)).toBe(matrix);
  });
});
