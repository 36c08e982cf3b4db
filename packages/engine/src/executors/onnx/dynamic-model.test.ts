import { describe, expect, it } from "vitest";
import { add, gather, matmul, mul, reshape, slice, softmax, transpose } from "../../index.ts";
import { trace } from "../../trace.ts";
import { withDynamicSizes } from "./dynamic-model.ts";
import { lowerToOnnx } from "./lower.ts";

/** Returns a model of a program with the feed `x`, [rows, columns, 4], for fixed sizes. */
function modelFor(rows: number, columns: number, squared = false) {
  const program = trace(({ feed, state }) => {
    const x = feed("x", "float32", [rows, columns, 4]);
    const flat = reshape(x, [rows * columns, 4]);
    const table = slice(state("table", "float32", [50, 4]), 0, 0, columns);
    const y = add(reshape(matmul(flat, state("w", "float32", [4, 4])), [rows, columns, 4]), table);
    const scores = softmax(matmul(y, transpose(y, [0, 2, 1])));
    return { outputs: { y: squared ? reshape(scores, [rows * columns * columns]) : scores } };
  });
  return { model: lowerToOnnx(program, "cpu").model, sizes: { rows, columns } };
}

describe("withDynamicSizes()", () => {
  it("names the dimensions of inputs and outputs", () => {
    const { inputs, outputs } = withDynamicSizes(modelFor(3, 11), modelFor(5, 13));
    expect(inputs.map(({ name, shape }) => [name, shape])).toEqual([
      ["feed:x", ["rows", "columns", 4]],
      ["state:table", [50, 4]],
      ["state:w", [4, 4]],
    ]);
    expect(outputs[0]!.shape).toEqual(["rows", "columns", "columns"]);
  });

  it("replaces all constants that depend on a size", () => {
    const constants = (sizes: [number, number]) =>
      withDynamicSizes(modelFor(...sizes), modelFor(5, 13)).initializers.map(({ name, bytes }) => [name, [...bytes]]);
    const literals = (sizes: [number, number]) =>
      constants(sizes)
        .map(([, bytes]) => String(bytes))
        .sort();
    expect(literals([3, 11])).toEqual(literals([7, 17]));
  });

  it("rejects models that differ in more than sizes", () => {
    const scaled = (factor: number) => ({
      model: lowerToOnnx(
        trace(({ feed }) => ({ outputs: { y: mul(feed("x", "float32", [factor]), factor) } })),
        "cpu",
      ).model,
      sizes: { rows: factor },
    });
    expect(() => withDynamicSizes(scaled(3), scaled(5))).toThrow(/depends on sizes/);
    const gathered = lowerToOnnx(
      trace(({ feed }) => ({ outputs: { y: gather(feed("x", "float32", [3, 2]), feed("i", "int32", [1])) } })),
      "cpu",
    ).model;
    expect(() => withDynamicSizes({ model: gathered, sizes: {} }, modelFor(5, 13))).toThrow(/expected the same number/);
    expect(() => withDynamicSizes(modelFor(3, 11, true), modelFor(5, 13, true))).toThrow(
      /not products of at most two sizes/,
    );
  });
});
