import { isFloat } from "./dtype.ts";
import type { Node, Op, Tensor } from "./graph.ts";
import { softmax } from "./ops/composite.ts";
import { constant } from "./ops/constant.ts";
import { add, cast, div, erf, exp, greater, mul, neg, square, sub, where } from "./ops/elementwise.ts";
import { broadcastTo, pad, reshape, slice, transpose } from "./ops/layout.ts";
import { matmul } from "./ops/matmul.ts";
import { mean, sum, sumTo } from "./ops/reduce.ts";
import { gather, oneHot, scatterAdd } from "./ops/rows.ts";
import { rowwiseDot } from "./rowwise-dot.ts";
import { reducedShape } from "./shape.ts";

/**
 * A vector-Jacobian product rule: takes the gradient `dy` of the loss with respect to a node's first output, and
 * returns the gradient with respect to each input, or undefined for inputs without a gradient. Only layerNorm has more
 * than one output, and grad() does not differentiate the other ones.
 */
type VjpRule<K extends Op> = (node: Extract<Node, { op: K }>, dy: Tensor) => readonly (Tensor | undefined)[];

/** Ops without a VJP rule: sources, ops with a piecewise constant result, and max, for which no rule is implemented. */
type NotDifferentiable = "feed" | "state" | "constant" | "dropoutMask" | "greater" | "equal" | "oneHot" | "max";

/** VJP rules by op. They are composed of the engine's own ops, so every executor can run them. */
export const vjpRules: { readonly [K in Exclude<Op, NotDifferentiable>]: VjpRule<K> } = {
  neg: (_, dy) => [neg(dy)],
  exp: ({ outputs: [y] }, dy) => [mul(dy, y!)],
  log: ({ inputs: [x] }, dy) => [div(dy, x!)],
  sqrt: ({ outputs: [y] }, dy) => [div(mul(dy, 0.5), y!)],
  erf: ({ inputs: [x] }, dy) => [mul(dy, mul(exp(neg(square(x!))), 2 / Math.sqrt(Math.PI)))],
  tanh: ({ outputs: [y] }, dy) => [mul(dy, sub(1, square(y!)))],
  sigmoid: ({ outputs: [y] }, dy) => [mul(dy, mul(y!, sub(1, y!)))],
  gelu: ({ inputs: [x] }, dy) => [mul(dy, geluDerivative(x!))],

  add: ({ inputs: [a, b] }, dy) => [sumTo(dy, a!.shape), sumTo(dy, b!.shape)],
  sub: ({ inputs: [a, b] }, dy) => [sumTo(dy, a!.shape), neg(sumTo(dy, b!.shape))],
  mul: ({ inputs: [a, b] }, dy) => [sumTo(mul(dy, b!), a!.shape), sumTo(mul(dy, a!), b!.shape)],
  div: ({ inputs: [a, b], outputs: [y] }, dy) => {
    const da = div(dy, b!);
    return [sumTo(da, a!.shape), neg(sumTo(mul(da, y!), b!.shape))];
  },
  maximum: ({ inputs: [a, b] }, dy) => {
    const second = greater(b!, a!);
    return [sumTo(where(second, zero(dy), dy), a!.shape), sumTo(where(second, dy, zero(dy)), b!.shape)];
  },
  where: ({ inputs: [condition, a, b] }, dy) => [
    undefined,
    sumTo(where(condition!, dy, zero(dy)), a!.shape),
    sumTo(where(condition!, zero(dy), dy), b!.shape),
  ],
  cast: ({ inputs: [x] }, dy) => [isFloat(x!.dtype) ? cast(dy, x!.dtype) : undefined],

  matmul: ({ inputs: [a, b], attributes: { transposeA, transposeB } }, dy) => [
    transposeA
      ? matmul(b!, dy, { transposeA: transposeB, transposeB: true })
      : matmul(dy, b!, { transposeB: !transposeB }),
    transposeB
      ? matmul(dy, a!, { transposeA: true, transposeB: transposeA })
      : matmul(a!, dy, { transposeA: !transposeA }),
  ],
  sum: ({ inputs: [x], attributes: { axes } }, dy) => [
    broadcastTo(reshape(dy, reducedShape(x!.shape, axes, true)), x!.shape),
  ],

  reshape: ({ inputs: [x] }, dy) => [reshape(dy, x!.shape)],
  transpose: ({ attributes: { permutation } }, dy) => [transpose(dy, inverse(permutation))],
  broadcastTo: ({ inputs: [x] }, dy) => [sumTo(dy, x!.shape)],
  slice: ({ inputs: [x], outputs: [y], attributes: { axis, start } }, dy) => [
    pad(dy, axis, start, x!.shape[axis]! - start - y!.shape[axis]!),
  ],
  pad: ({ inputs: [x], attributes: { axis, before } }, dy) => [slice(dy, axis, before, x!.shape[axis]!)],
  concat: ({ inputs, attributes: { axis } }, dy) => {
    let start = 0;
    return inputs.map(({ shape }) => {
      const part = slice(dy, axis, start, shape[axis]!);
      start += shape[axis]!;
      return part;
    });
  },

  gather: ({ inputs: [table, indices] }, dy) => {
    // Always in float32: long sums lose accuracy in 16 bits, and ONNX Runtime does not support scatter-add in float16.
    const total = scatterAdd(indices!, cast(dy, "float32"), table!.shape[0]!);
    return [cast(total, dy.dtype), undefined];
  },
  scatterAdd: ({ inputs: [indices] }, dy) => [undefined, gather(dy, indices!)],

  softmax: ({ outputs: [y] }, dy) => [mul(sub(dy, rowwiseDot(dy, y!)), y!)],
  layerNorm: ({ inputs: [x, gamma], outputs: [, center, inverseDeviation] }, dy) => {
    const rows = x!.shape.slice(0, -1).map((_, axis) => axis);
    const normalized = mul(sub(x!, center!), inverseDeviation!);
    const scaled = mul(dy, gamma!);
    const projection = mean(mul(scaled, normalized), -1, { keepDims: true });
    const centered = sub(sub(scaled, mean(scaled, -1, { keepDims: true })), mul(normalized, projection));
    return [mul(centered, inverseDeviation!), sum(mul(dy, normalized), rows), sum(dy, rows)];
  },
  crossEntropy: ({ inputs: [logits, labels] }, dy) => {
    const [rows, classes] = logits!.shape as [number, number];
    const error = sub(softmax(logits!), oneHot(labels!, classes, logits!.dtype));
    return [mul(error, reshape(dy, [rows, 1])), undefined];
  },
};

/**
 * Returns the derivative of gelu(), Φ(x) + x φ(x), where Φ and φ are the CDF and PDF of the standard normal
 * distribution. It is written to make few passes over the data because it takes a large share of a training step.
 */
function geluDerivative(x: Tensor): Tensor {
  const scaled = mul(x, Math.SQRT1_2);
  // x φ(x) = scaled · e^(−scaled²) / √π, with the constant factor moved into the exponent.
  const weighted = mul(scaled, exp(sub(-Math.log(Math.sqrt(Math.PI)), square(scaled))));
  return add(mul(add(erf(scaled), 1), 0.5), weighted);
}

function zero(like: Tensor): Tensor {
  return constant(like.graph, 0, like.dtype);
}

function inverse(permutation: readonly number[]): number[] {
  const result = new Array<number>(permutation.length);
  permutation.forEach((from, to) => {
    result[from] = to;
  });
  return result;
}
