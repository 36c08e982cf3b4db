import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import type { TensorData } from "./dtype.ts";
import { grad } from "./grad.ts";
import type { Tensor } from "./graph.ts";
import { abs, geluTanh, quickGelu, relu, softplus, swish } from "./ops/activations.ts";
import { crossEntropy, dropout, layerNorm, softmax } from "./ops/composite.ts";
import * as op from "./ops/elementwise.ts";
import { broadcastTo, concat, pad, reshape, slice, transpose } from "./ops/layout.ts";
import { linear, matmul } from "./ops/matmul.ts";
import { max, mean, sum } from "./ops/reduce.ts";
import { gather, oneHot, scatterAdd } from "./ops/rows.ts";
import { type Shape, sizeOf } from "./shape.ts";
import { type Differentiable, gradientError, weightedSum } from "./testing/check-gradients.ts";
import { bools, evaluate, floats, ints, tensor, traceFunction } from "./testing/evaluate.ts";
import { vjpRules } from "./vjp-rules.ts";

const random = new Random(42, "derivatives");

/** Returns random values of the standard normal distribution, transformed by `map`. */
function normal(shape: Shape, map = (x: number) => x): TensorData {
  return floats(shape, ...Array.from({ length: sizeOf(shape) }, () => map(random.nextNormal())));
}

function positive(shape: Shape): TensorData {
  return normal(shape, (x) => 0.5 + Math.abs(x));
}

function unary(build: (x: Tensor) => Tensor, x = normal([2, 3])): Differentiable[] {
  return [{ inputs: [x], build }];
}

/** Returns cases with operands of equal shapes, and with one or both operands broadcast. */
function binary(
  build: (x: Tensor, y: Tensor) => Tensor,
  second: (shape: Shape) => TensorData = normal,
): Differentiable[] {
  const shapes: [Shape, Shape][] = [
    [
      [2, 3],
      [2, 3],
    ],
    [[3], [2, 3]],
    [[2, 3], []],
    [
      [2, 1],
      [1, 3],
    ],
    [
      [2, 1, 2],
      [3, 1],
    ],
  ];
  return shapes.map(([a, b]) => ({ inputs: [normal(a), second(b)], build }));
}

/** At least one case per VJP rule: the type makes a rule without a case fail to compile. */
const cases: { readonly [K in keyof typeof vjpRules]: readonly Differentiable[] } = {
  neg: unary(op.neg),
  exp: unary(op.exp),
  log: unary(op.log, positive([2, 3])),
  sqrt: unary(op.sqrt, positive([2, 3])),
  erf: unary(op.erf),
  tanh: unary(op.tanh),
  sigmoid: unary(op.sigmoid),
  gelu: [...unary(op.gelu), ...unary(op.gelu, floats([5], -4, -0.75, 0, 0.75, 4))],

  add: binary(op.add),
  sub: binary(op.sub),
  mul: binary(op.mul),
  div: binary(op.div, positive),
  maximum: binary(op.maximum),
  where: [
    { inputs: [bools([2, 3], 1, 0, 0, 1, 1, 0), normal([2, 3]), normal([2, 3])], build: op.where },
    { inputs: [bools([2, 1], 1, 0), normal([3]), normal([])], build: op.where },
    { inputs: [bools([], 1), normal([3]), normal([2, 1])], build: op.where },
  ],
  // The values are exact in float16 and stay exact with this step, because rounding has no useful numeric derivative.
  cast: [{ inputs: [floats([4], 0, 0.5, -1.25, 8)], build: (x) => op.cast(x, "float16"), step: 0.125 }],

  matmul: [false, true].flatMap((transposeA) =>
    [false, true].flatMap((transposeB) =>
      [[], [2], [2, 3]].map((batch) => ({
        inputs: [
          normal([...batch, ...(transposeA ? [4, 2] : [2, 4])]),
          normal([...batch, ...(transposeB ? [3, 4] : [4, 3])]),
        ],
        build: (a: Tensor, b: Tensor) => matmul(a, b, { transposeA, transposeB }),
      })),
    ),
  ),
  sum: [
    ...unary((x) => sum(x)),
    ...unary((x) => sum(x, 0)),
    ...unary((x) => sum(x, -1, { keepDims: true })),
    ...unary((x) => sum(x, [2, 0]), normal([2, 3, 2])),
  ],

  reshape: unary((x) => reshape(x, [3, 2, 1])),
  transpose: unary((x) => transpose(x, [2, 0, 1]), normal([2, 3, 4])),
  broadcastTo: [
    ...unary((x) => broadcastTo(x, [4, 2, 3])),
    ...unary((x) => broadcastTo(x, [2, 3, 2]), normal([3, 1])),
    ...unary((x) => broadcastTo(x, [2, 2]), normal([])),
  ],
  slice: [...unary((x) => slice(x, 1, 1, 2)), ...unary((x) => slice(x, 0, 0, 1)), ...unary((x) => slice(x, -1, 0, 2))],
  pad: [...unary((x) => pad(x, 0, 1, 2)), ...unary((x) => pad(x, -1, 0, 1)), ...unary((x) => pad(x, 1, 2, 0))],
  concat: [
    { inputs: [normal([2, 1]), normal([2, 3]), normal([2, 2])], build: (...parts) => concat(parts, 1) },
    { inputs: [normal([2, 2])], build: (x) => concat([x, x], 0) },
  ],

  gather: [{ inputs: [normal([4, 2]), ints([2, 3], 3, 0, 3, 1, 3, 0)], build: gather }],
  scatterAdd: [
    { inputs: [ints([5], 2, 0, 2, 2, 3), normal([5, 2])], build: (i, x) => scatterAdd(i, x, 4) },
    { inputs: [ints([2, 2], 1, 0, 1, 1), normal([2, 2, 3])], build: (i, x) => scatterAdd(i, x, 2) },
    { inputs: [ints([], 1), normal([3])], build: (i, x) => scatterAdd(i, x, 2) },
  ],

  softmax: [...unary(softmax), ...unary(softmax, normal([4])), ...unary(softmax, normal([2, 2, 3]))],
  layerNorm: [[4], [3, 4], [2, 3, 4]].map((shape) => ({
    inputs: [normal(shape), normal([4]), normal([4])],
    build: (x: Tensor, gamma: Tensor, beta: Tensor) => layerNorm(x, gamma, beta, 1e-3),
  })),
  crossEntropy: [{ inputs: [normal([4, 3]), ints([4], 2, 0, 2, 1)], build: crossEntropy }],
};

const compositions: Record<string, Differentiable> = {
  linear: { inputs: [normal([2, 3, 4]), normal([5, 4]), normal([5])], build: linear },
  relu: { inputs: [normal([2, 3])], build: relu },
  swish: { inputs: [normal([2, 3])], build: swish },
  geluTanh: { inputs: [normal([2, 3])], build: geluTanh },
  quickGelu: { inputs: [normal([2, 3])], build: quickGelu },
  abs: { inputs: [normal([2, 3])], build: abs },
  softplus: { inputs: [normal([2, 3])], build: softplus },
  square: { inputs: [normal([2, 3])], build: op.square },
  mean: { inputs: [normal([2, 3])], build: (x) => mean(x, 1) },
  "mean of all": { inputs: [normal([2, 3])], build: (x) => mean(x) },
  "dropout with a fixed seed": { inputs: [normal([4, 5])], build: (x) => dropout(x, 0.4) },
  "attention of one head": {
    inputs: [normal([2, 5, 4]), normal([2, 5, 4]), normal([2, 5, 4])],
    build: (q, k, v) => matmul(dropout(softmax(op.mul(matmul(q, k, { transposeB: true }), 0.5)), 0.3), v),
  },
  "a tensor used three times": {
    inputs: [normal([3, 3])],
    build: (x) => matmul(op.tanh(x), op.add(x, transpose(x, [1, 0]))),
  },
};

/**
 * For smooth functions of magnitude 1, numeric derivatives with a step of 1e-4 in float64 have an error of about 1e-8.
 */
const tolerance = 1e-6;

describe("vjpRules", () => {
  it("have at least one test case each", () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(vjpRules).sort());
  });

  const all = Object.entries(cases).flatMap(([name, list]) =>
    list.map((example, i) => ({ name, case: i + 1, example })),
  );

  it.each(all)("$name, case $case, agrees with numeric differences", async ({ name, example }) => {
    const { nodes } = traceFunction(example.inputs, example.build);
    expect(nodes.map((node) => node.op)).toContain(name);
    expect(await gradientError(example)).toBeLessThan(tolerance);
  });

  it.each(Object.entries(compositions))("%s agrees with numeric differences", async (_, example) => {
    expect(await gradientError(example)).toBeLessThan(tolerance);
  });

  it.each(all.filter(({ name }) => name !== "layerNorm"))(
    "$name, case $case, has a second derivative that agrees with numeric differences",
    async ({ example: { inputs, build, step = 1e-4 } }) => {
      const slopes = (...tensors: Tensor[]): Tensor => {
        const floating = tensors.filter(({ dtype }) => dtype === "float32");
        // Squared, so that the second derivative is not zero for linear ops.
        return concat(
          grad(op.mul(0.5, sum(op.square(op.cast(build(...tensors), "float32")))), floating).map((slope) =>
            reshape(slope, [sizeOf(slope.shape)]),
          ),
          0,
        );
      };
      expect(await gradientError({ inputs, build: slopes, step })).toBeLessThan(10 * tolerance);
    },
  );

  it("maximum() passes the gradient to the first operand where both are equal", async () => {
    const slope = (i: number) =>
      evaluate([floats([3], 1, 2, 3), floats([3], 1, 3, 2)], (...x) => grad(sum(op.maximum(x[0]!, x[1]!)), x)[i]!);
    expect((await slope(0)).data).toEqual(Float32Array.of(1, 0, 1));
    expect((await slope(1)).data).toEqual(Float32Array.of(0, 1, 0));
  });

  it("softplus() has the derivative sigmoid(x), also at 0 and at large values", async () => {
    const x = floats([5], -100, -2, 0, 2, 100);
    const slope = await evaluate([x], (a) => grad(sum(softplus(a)), [a])[0]!);
    const expected = await evaluate([x], op.sigmoid);
    for (const [i, value] of expected.data.entries()) expect(slope.data[i]).toBeCloseTo(value, 6);
  });

  it("dropout() passes the gradient only through elements that were kept", async () => {
    const options = { dropoutSeed: [3, 1] } as const;
    const x = floats([50], ...Array.from({ length: 50 }, (_, i) => i + 1));
    const kept = await evaluate([x], (a) => op.div(dropout(a, 0.5), a), options);
    const slope = await evaluate([x], (a) => grad(sum(dropout(a, 0.5)), [a])[0]!, options);
    expect(slope.data).toEqual(kept.data);
    expect(new Set(slope.data)).toEqual(new Set([0, 2]));
  });

  it("stay finite at large values for gelu(), tanh(), sigmoid(), softmax() and crossEntropy()", async () => {
    const x = floats([1, 4], -1e4, -100, 100, 1e4);
    const functions = [
      op.gelu,
      op.tanh,
      op.sigmoid,
      softmax,
      (logits: Tensor) => crossEntropy(logits, zeroLabel(logits)),
    ];
    for (const f of functions) {
      const slope = await evaluate([x], (a) => grad(weightedSum(f(a)), [a])[0]!);
      expect(slope.data.every(Number.isFinite)).toBe(true);
    }
  });

  it("return gradients of their input's dtype", () => {
    const program = traceFunction([tensor("float16", [2, 3], [1, 2, 3, 4, 5, 6])], (x) => {
      const [slope] = grad(mean(op.square(op.cast(op.gelu(x), "float32"))), [x]);
      expect(slope!.dtype).toBe("float16");
      return slope!;
    });
    expect(program.outputs.get("y")!.dtype).toBe("float16");
  });

  it("pass no gradient through comparisons, integers and oneHot()", async () => {
    const x = floats([3], 1, 2, 3);
    const step = (a: Tensor) => op.cast(op.greater(a, 2), "float32");
    const whole = (a: Tensor) => op.cast(max(op.cast(a, "int32")), "float32");
    const hot = (a: Tensor) => oneHot(op.cast(a, "int32"), 4);
    for (const f of [step, whole, hot])
      expect((await evaluate([x], (a) => grad(sum(f(a)), [a])[0]!)).data).toEqual(Float32Array.of(0, 0, 0));
  });
});

function zeroLabel(logits: Tensor): Tensor {
  return op.cast(sum(op.mul(logits, 0), -1), "int32");
}
