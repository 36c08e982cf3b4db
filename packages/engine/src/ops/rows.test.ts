import { describe, expect, it } from "vitest";
import { createGraph } from "../graph.ts";
import { evaluate, floats, ints, tensor } from "../testing/evaluate.ts";
import { constant } from "./constant.ts";
import { gather, oneHot, scatterAdd } from "./rows.ts";

const table = floats([3, 2], 1, 2, 3, 4, 5, 6);
const graph = createGraph();
const [matrix, ids] = [constant(graph, [1, 2], "float32", [1, 2]), constant(graph, [0], "int32")];

describe("gather()", () => {
  it("looks up rows by indices of any shape", async () => {
    expect(await evaluate([table, ints([2, 2], 2, 0, 0, 1)], gather)).toEqual(
      floats([2, 2, 2], 5, 6, 1, 2, 1, 2, 3, 4),
    );
    expect(await evaluate([table, ints([], 1)], gather)).toEqual(floats([2], 3, 4));
    expect(await evaluate([table, ints([0])], gather)).toEqual(floats([0, 2]));
    expect(await evaluate([ints([2, 1], 7, 8), ints([1], 1)], gather)).toEqual(ints([1, 1], 8));
  });

  it("throws for an index outside the table", async () => {
    await expect(evaluate([table, ints([2], 0, 3)], gather)).rejects.toThrow("gather: index 3 is out of range [0, 3)");
    await expect(evaluate([table, ints([1], -1)], gather)).rejects.toThrow("gather: index -1 is out of range [0, 3)");
  });

  it("rejects tables that are not matrices, and indices that are not int32", () => {
    expect(() => gather(constant(graph, [1, 2]), ids)).toThrow("the table is [2] and the indices are int32");
    expect(() => gather(matrix, constant(graph, [0]))).toThrow("the table is [1,2] and the indices are float32");
  });
});

describe("scatterAdd()", () => {
  it("adds up rows with the same index, and leaves the other rows zero", async () => {
    const updates = floats([4, 2], 1, 2, 10, 20, 100, 200, 1000, 2000);
    expect(await evaluate([ints([4], 2, 0, 2, 2), updates], (i, x) => scatterAdd(i, x, 4))).toEqual(
      floats([4, 2], 10, 20, 0, 0, 1101, 2202, 0, 0),
    );
    expect(
      await evaluate([ints([2, 2], 1, 0, 1, 1), floats([2, 2, 1], 1, 2, 3, 4)], (i, x) => scatterAdd(i, x, 2)),
    ).toEqual(floats([2, 1], 2, 8));
    expect(await evaluate([ints([0]), floats([0, 2])], (i, x) => scatterAdd(i, x, 1))).toEqual(floats([1, 2], 0, 0));
  });

  it("adds in double precision and rounds once", async () => {
    expect(await evaluate([ints([3], 0, 0, 0), floats([3, 1], 2 ** 24, 1, 1)], (i, x) => scatterAdd(i, x, 1))).toEqual(
      floats([1, 1], 2 ** 24 + 2),
    );
  });

  it("throws for an index outside the table", async () => {
    await expect(evaluate([ints([1], 4), floats([1, 1], 1)], (i, x) => scatterAdd(i, x, 4))).rejects.toThrow(
      "scatterAdd: index 4 is out of range [0, 4)",
    );
  });

  it("rejects indices of another shape or dtype, and integer updates", () => {
    const message = "scatterAdd: the updates are float32[1,2] and the indices are";
    expect(() => scatterAdd(constant(graph, [0, 0], "int32"), matrix, 1)).toThrow(`${message} int32[2]`);
    expect(() => scatterAdd(constant(graph, [0]), matrix, 1)).toThrow(`${message} float32[1]`);
    expect(() => scatterAdd(ids, constant(graph, [1, 2], "int32", [1, 2]), 1)).toThrow("the updates are int32[1,2]");
  });
});

describe("oneHot()", () => {
  it("returns 1 at the index, and a row of zeros for an index out of range", async () => {
    expect(await evaluate([ints([2, 2], 0, -1, 2, 3)], (i) => oneHot(i, 3))).toEqual(
      floats([2, 2, 3], 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0),
    );
    expect(await evaluate([ints([], 1)], (i) => oneHot(i, 2, "int32"))).toEqual(ints([2], 0, 1));
    expect(await evaluate([ints([1], 1)], (i) => oneHot(i, 2, "bool"))).toEqual(tensor("bool", [1, 2], [0, 1]));
  });

  it("rejects indices that are not int32", () => {
    expect(() => oneHot(matrix, 3)).toThrow("oneHot: the indices are float32, expected int32");
  });
});
