import { describe, expect, it } from "vitest";
import { createGraph } from "../graph.ts";
import { bools, evaluate, floats, ints, tensor } from "../testing/evaluate.ts";
import { abs, geluTanh, quickGelu, relu, softplus, swish } from "./activations.ts";
import { constant } from "./constant.ts";
import {
  add,
  cast,
  div,
  equal,
  erf,
  exp,
  gelu,
  greater,
  log,
  maximum,
  mul,
  neg,
  sigmoid,
  sqrt,
  square,
  sub,
  tanh,
  where,
} from "./elementwise.ts";

const infinity = Number.POSITIVE_INFINITY;

describe("unary ops", () => {
  const x = floats([2, 2], -1, 0, 0.5, 2);
  it.each([
    ["neg", neg, [1, -0, -0.5, -2]],
    ["exp", exp, [0.36787944117144233, 1, 1.6487212707001282, 7.38905609893065]],
    ["log", log, [Number.NaN, -infinity, -Math.LN2, Math.LN2]],
    ["sqrt", sqrt, [Number.NaN, 0, Math.SQRT1_2, Math.SQRT2]],
    ["erf", erf, [-0.8427007929497149, 0, 0.5204998778130465, 0.9953222650189527]],
    ["tanh", tanh, [-0.7615941559557649, 0, 0.46211715726000974, 0.9640275800758169]],
    ["sigmoid", sigmoid, [0.2689414213699951, 0.5, 0.6224593312018546, 0.8807970779778823]],
    ["gelu", gelu, [-0.15865525393145705, 0, 0.34573123063700656, 1.9544997361036416]],
    ["relu", relu, [0, 0, 0.5, 2]],
    ["abs", abs, [1, 0, 0.5, 2]],
    ["softplus", softplus, [0.31326168751822286, Math.LN2, 0.9740769841801067, 2.1269280110429727]],
    ["swish", swish, [-0.2689414213699951, 0, 0.3112296656009273, 1.7615941559557646]],
    ["geluTanh", geluTanh, [-0.1588080093917233, 0, 0.34571400982514394, 1.954597694087775]],
    ["quickGelu", quickGelu, [-0.1542042340671787, 0, 0.35038843660638014, 1.9356586231442083]],
    ["square", square, [1, 0, 0.25, 4]],
  ] as const)("%s", async (_, op, expected) => {
    const single = await evaluate([x], op);
    expect(single.shape).toEqual([2, 2]);
    expect(single.data).toBeInstanceOf(Float32Array);
    const double = await evaluate([x], op, { precision: "float64" });
    for (const [i, value] of expected.entries()) {
      if (Number.isFinite(value)) {
        expect(single.data[i]).toBeCloseTo(value, 6);
        expect(double.data[i]).toBeCloseTo(value, 14);
      } else expect([single.data[i], double.data[i]]).toEqual([value, value]);
    }
  });

  it("sigmoid(), tanh() and gelu() converge to their limits at infinity", async () => {
    const ends = floats([2], -infinity, infinity);
    expect((await evaluate([ends], sigmoid)).data).toEqual(Float32Array.of(0, 1));
    expect((await evaluate([ends], tanh)).data).toEqual(Float32Array.of(-1, 1));
    expect((await evaluate([floats([2], -100, 100)], gelu)).data).toEqual(Float32Array.of(-0, 100));
  });

  it("reject integers", () => {
    expect(() => exp(constant(createGraph(), 1, "int32"))).toThrow("exp: the operand is int32, expected a floating");
  });
});

describe("binary ops", () => {
  const x = floats([2, 2], 1, -2, 3, 0);
  const y = floats([2, 2], 2, -2, 0.5, 4);
  it.each([
    ["add", add, floats([2, 2], 3, -4, 3.5, 4)],
    ["sub", sub, floats([2, 2], -1, 0, 2.5, -4)],
    ["mul", mul, floats([2, 2], 2, 4, 1.5, 0)],
    ["div", div, floats([2, 2], 0.5, 1, 6, 0)],
    ["maximum", maximum, floats([2, 2], 2, -2, 3, 4)],
    ["greater", greater, bools([2, 2], 0, 0, 1, 0)],
    ["equal", equal, bools([2, 2], 0, 1, 0, 0)],
  ] as const)("%s", async (_, op, expected) => {
    expect(await evaluate([x, y], (a, b) => op(a, b))).toEqual(expected);
  });

  it("broadcast the first operand, the second, or both", async () => {
    const row = floats([3], 1, 2, 3);
    const column = floats([2, 1], 10, 20);
    const both = floats([2, 3], 9, 8, 7, 19, 18, 17);
    expect(await evaluate([column, row], (a, b) => sub(a, b))).toEqual(both);
    expect(await evaluate([row, both], (a, b) => add(a, b))).toEqual(floats([2, 3], 10, 10, 10, 20, 20, 20));
    expect(await evaluate([both, column], (a, b) => sub(a, b))).toEqual(floats([2, 3], -1, -2, -3, -1, -2, -3));
    expect(await evaluate([floats([], 5), both], (a, b) => add(a, b))).toEqual(floats([2, 3], 14, 13, 12, 24, 23, 22));
    expect(await evaluate([floats([], 5), floats([], 2)], (a, b) => mul(a, b))).toEqual(floats([], 10));
    expect(await evaluate([floats([0, 1]), row], (a, b) => mul(a, b))).toEqual(floats([0, 3]));
  });

  it("convert a number to a scalar of the other operand's dtype", async () => {
    expect(await evaluate([floats([2], 1, 2)], (a) => sub(1, a))).toEqual(floats([2], 0, -1));
    expect(await evaluate([ints([2], 1, 2)], (a) => mul(a, 3))).toEqual(ints([2], 3, 6));
    expect(await evaluate([ints([2], 1, 2)], (a) => equal(2, a))).toEqual(bools([2], 0, 1));
    expect(await evaluate([tensor("float16", [1], [2])], (a) => add(a, 1))).toEqual(tensor("float16", [1], [3]));
  });

  it("div() of int32 truncates toward zero", async () => {
    expect(await evaluate([ints([3], 7, -7, 6), ints([3], 2, 2, 3)], (a, b) => div(a, b))).toEqual(ints([3], 3, -3, 2));
  });

  it("compare by IEEE 754: NaN is not equal to itself, and −0 equals 0", async () => {
    const special = floats([3], Number.NaN, -0, infinity);
    expect(await evaluate([special], (a) => equal(a, a))).toEqual(bools([3], 0, 1, 1));
    expect(await evaluate([special], (a) => equal(a, 0))).toEqual(bools([3], 0, 1, 0));
    expect(await evaluate([special], (a) => greater(a, 0))).toEqual(bools([3], 0, 0, 1));
  });

  it("reject shapes that do not broadcast, mixed dtypes, bool, and two numbers", () => {
    const graph = createGraph();
    const row = constant(graph, [1, 2]);
    expect(() => add(row, constant(graph, [1, 2, 3]))).toThrow("shapes [2] and [3] do not broadcast");
    expect(() => add(row, constant(graph, [1, 2], "int32"))).toThrow("add: the operands are float32 and int32");
    expect(() => add(greater(row, 1), greater(row, 2))).toThrow("add: the operands are bool");
    expect(() => add(1, 2)).toThrow("add: both operands are numbers");
    expect(() => mul(constant(graph, 1, "int32"), 0.5)).toThrow("int32 cannot represent 0.5");
    expect(() => add(row, constant(createGraph(), 1))).toThrow("add: an input belongs to another trace");
  });
});

describe("where()", () => {
  const condition = bools([2, 1], 1, 0);

  it("returns x where the condition is true and y elsewhere, and broadcasts all three", async () => {
    expect(await evaluate([condition, floats([2], 1, 2), floats([], 9)], where)).toEqual(floats([2, 2], 1, 2, 9, 9));
    expect(await evaluate([bools([], 0), floats([2], 1, 2), floats([2], 3, 4)], where)).toEqual(floats([2], 3, 4));
  });

  it("does not propagate NaN from the operand that is not selected", async () => {
    expect(await evaluate([condition], (c) => where(c, 1, Number.NaN))).toEqual(floats([2, 1], 1, Number.NaN));
    expect(await evaluate([condition], (c) => where(c, Number.NaN, 1))).toEqual(floats([2, 1], Number.NaN, 1));
  });

  it("converts a number to the other operand's dtype, or to float32", async () => {
    expect(await evaluate([condition, ints([], 5)], (c, x) => where(c, x, 0))).toEqual(ints([2, 1], 5, 0));
    expect(await evaluate([condition], (c) => where(c, 1, 2))).toEqual(floats([2, 1], 1, 2));
  });

  it("rejects a condition that is not bool, and operands of two dtypes", () => {
    const graph = createGraph();
    const x = constant(graph, 1);
    expect(() => where(x, x, x)).toThrow("where: the condition is float32, expected bool");
    expect(() => where(equal(x, x), x, constant(graph, 1, "int32"))).toThrow(
      "where: the operands are float32 and int32",
    );
  });
});

describe("cast()", () => {
  it("truncates floats toward zero when casting to int32", async () => {
    expect(await evaluate([floats([4], 1.9, -1.9, 0.5, -3)], (x) => cast(x, "int32"))).toEqual(ints([4], 1, -1, 0, -3));
  });

  it("casts any number but zero to true, and bools to 0 and 1", async () => {
    const x = floats([4], 0.25, 0, -3, Number.NaN);
    expect(await evaluate([x], (a) => cast(a, "bool"))).toEqual(bools([4], 1, 0, 1, 1));
    expect(await evaluate([x], (a) => cast(cast(a, "bool"), "float32"))).toEqual(floats([4], 1, 0, 1, 1));
    expect(await evaluate([ints([2], 256, 0)], (a) => cast(a, "bool"))).toEqual(bools([2], 1, 0));
  });

  it("rounds int32 to the nearest float32, and floats to the nearest half", async () => {
    expect(await evaluate([ints([1], 16777217)], (x) => cast(x, "float32"))).toEqual(floats([1], 16777216));
    expect(await evaluate([floats([2], 2049, 1e6)], (x) => cast(x, "float16"))).toEqual(
      tensor("float16", [2], [2048, infinity]),
    );
  });

  it("returns its input for the same dtype", () => {
    const x = constant(createGraph(), 1);
    expect(cast(x, "float32")).toBe(x);
  });
});
