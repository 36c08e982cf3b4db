import { fillDropoutMask } from "../../dropout-mask.ts";
import type { RunOptions } from "../../executor.ts";
import type { Node, Op, Tensor } from "../../graph.ts";
import { reducedShape, type Shape, sameShape, sizeOf, stridesOf } from "../../shape.ts";
import { MISSING_DROPOUT_SEED } from "../check.ts";
import { erf, erfc } from "./erf.ts";
import { broadcastStrides, positions, type Values } from "./values.ts";

/**
 * Computes a node: reads the values of its inputs and writes the values of its outputs, which are initialized to zero.
 */
export type Kernel<K extends Op> = (
  node: Extract<Node, { op: K }>,
  inputs: readonly Values[],
  outputs: readonly Values[],
  options: RunOptions,
) => void;

/** Ops whose values come from outside the program. */
export type Source = "feed" | "state";

/**
 * Kernels by op. They define the correct results for all executors, so they favor simplicity over speed. Kernels
 * compute in double precision and round only the results that they store.
 */
export const kernels: { readonly [K in Exclude<Op, Source>]: Kernel<K> } = {
  constant: ({ attributes: { values } }, _, [y]) => y!.set(values),
  dropoutMask: ({ attributes: { rate, site } }, _, [y], { dropoutSeed }) => {
    if (dropoutSeed === undefined) throw new Error(MISSING_DROPOUT_SEED);
    const mask = new Uint8Array(y!.length);
    fillDropoutMask(mask, rate, dropoutSeed, site);
    for (let i = 0; i < mask.length; i++) y![i] = mask[i]! / (1 - rate);
  },

  neg: unary((x) => -x),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  erf: unary(erf),
  tanh: unary(Math.tanh),
  sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  gelu: unary((x) => 0.5 * x * erfc(-x * Math.SQRT1_2)),

  add: binary((x, y) => x + y),
  sub: binary((x, y) => x - y),
  mul: binary((x, y) => x * y),
  div: binary((x, y) => x / y),
  maximum: binary(Math.max),
  greater: binary((x, y) => (x > y ? 1 : 0)),
  equal: binary((x, y) => (x === y ? 1 : 0)),
  where: (node, inputs, [y]) => {
    const [condition, a, b] = inputs.map((values, i) => broadcast(values, node.inputs[i]!.shape, shapeOf(node)));
    for (let i = 0; i < y!.length; i++) y![i] = condition![i] ? a![i]! : b![i]!;
  },
  cast: (node, [x], [y]) => {
    if (node.outputs[0]!.dtype === "bool") for (let i = 0; i < y!.length; i++) y![i] = x![i] === 0 ? 0 : 1;
    else y!.set(x!);
  },

  matmul: ({ inputs: [a, b], attributes: { transposeA, transposeB } }, [x, y], [z]) => {
    const left = transposeA ? transposeLastTwo(x!, a!.shape) : x!;
    const right = transposeB ? transposeLastTwo(y!, b!.shape) : y!;
    const [m, k] = lastTwo(a!, transposeA);
    const [, n] = lastTwo(b!, transposeB);
    const row = new Float64Array(n);
    const rows = sizeOf(a!.shape.slice(0, -2)) * m;
    for (let i = 0; i < rows; i++) {
      const matrix = Math.floor(i / m) * k * n;
      row.fill(0);
      for (let p = 0; p < k; p++) {
        const factor = left[i * k + p]!;
        const from = matrix + p * n;
        for (let j = 0; j < n; j++) row[j]! += factor * right[from + j]!;
      }
      z!.set(row, i * n);
    }
  },
  sum: reduction(0, (total, x) => total + x),
  max: reduction(Number.NEGATIVE_INFINITY, Math.max),

  reshape: (_, [x], [y]) => y!.set(x!),
  transpose: ({ inputs: [x], attributes: { permutation } }, [values], [y]) =>
    y!.set(transpose(values!, x!.shape, permutation)),
  broadcastTo: (node, [x], [y]) => y!.set(broadcast(x!, node.inputs[0]!.shape, shapeOf(node))),
  slice: ({ inputs: [x], outputs: [y], attributes: { axis, start } }, [from], [to]) =>
    copyAlong(axis, y!.shape[axis]!, view(from!, x!, start), view(to!, y!)),
  pad: ({ inputs: [x], outputs: [y], attributes: { axis, before } }, [from], [to]) =>
    copyAlong(axis, x!.shape[axis]!, view(from!, x!), view(to!, y!, before)),
  concat: ({ inputs, outputs: [y], attributes: { axis } }, parts, [to]) => {
    let start = 0;
    for (const [i, part] of inputs.entries()) {
      const size = part.shape[axis]!;
      copyAlong(axis, size, view(parts[i]!, part), view(to!, y!, start));
      start += size;
    }
  },

  gather: ({ inputs: [table] }, [values, indices], [y]) => {
    const [rows, width] = table!.shape as [number, number];
    for (const [i, index] of indices!.entries()) {
      checkIndex("gather", index, rows);
      y!.set(values!.subarray(index * width, (index + 1) * width), i * width);
    }
  },
  scatterAdd: (node, [indices, updates], [y]) => {
    const [rows, width] = shapeOf(node) as [number, number];
    const totals = new Float64Array(y!.length);
    for (const [i, index] of indices!.entries()) {
      checkIndex("scatterAdd", index, rows);
      for (let j = 0; j < width; j++) totals[index * width + j]! += updates![i * width + j]!;
    }
    y!.set(totals);
  },
  oneHot: (node, [indices], [y]) => {
    const depth = shapeOf(node).at(-1)!;
    for (const [i, index] of indices!.entries()) if (index >= 0 && index < depth) y![i * depth + index] = 1;
  },

  softmax: (node, [x], [y]) => {
    for (const { start, row } of rowsOf(x!, shapeOf(node))) {
      const total = logSumExp(row);
      for (let j = 0; j < row.length; j++) y![start + j] = Math.exp(row[j]! - total);
    }
  },
  layerNorm: ({ inputs: [tensor], attributes: { epsilon } }, [x, gamma, beta], [y, means, inverseDeviations]) => {
    for (const [i, { start, row }] of rowsOf(x!, tensor!.shape).entries()) {
      const mean = row.reduce((total, value) => total + value, 0) / row.length;
      const variance = row.reduce((total, value) => total + (value - mean) ** 2, 0) / row.length;
      const inverseDeviation = 1 / Math.sqrt(variance + epsilon);
      for (let j = 0; j < row.length; j++) y![start + j] = gamma![j]! * (row[j]! - mean) * inverseDeviation + beta![j]!;
      means![i] = mean;
      inverseDeviations![i] = inverseDeviation;
    }
  },
  crossEntropy: ({ inputs: [logits] }, [x, labels], [y]) => {
    for (const [i, { row }] of rowsOf(x!, logits!.shape).entries()) {
      checkIndex("crossEntropy", labels![i]!, row.length);
      y![i] = logSumExp(row) - row[labels![i]!]!;
    }
  },
};

function unary<K extends Op>(f: (x: number) => number): Kernel<K> {
  return (_, [x], [y]) => {
    for (let i = 0; i < y!.length; i++) y![i] = f(x![i]!);
  };
}

function binary<K extends Op>(f: (x: number, y: number) => number): Kernel<K> {
  return (node, inputs, [z]) => {
    const [x, y] = inputs.map((values, i) => broadcast(values, node.inputs[i]!.shape, shapeOf(node)));
    for (let i = 0; i < z!.length; i++) z![i] = f(x![i]!, y![i]!);
  };
}

function reduction(start: number, f: (total: number, x: number) => number): Kernel<"sum"> & Kernel<"max"> {
  return ({ inputs: [x], attributes: { axes } }, [values], [y]) => {
    const { shape } = x!;
    const target = positions(shape, broadcastStrides(reducedShape(shape, axes, true), shape));
    const totals = new Float64Array(y!.length).fill(start);
    for (let i = 0; i < target.length; i++) totals[target[i]!] = f(totals[target[i]!]!, values![i]!);
    y!.set(totals);
  };
}

function shapeOf({ outputs: [output] }: Node): Shape {
  return output!.shape;
}

function broadcast(values: Values, from: Shape, to: Shape): Values {
  return sameShape(from, to) ? values : pick(values, positions(to, broadcastStrides(from, to)));
}

function transpose(values: Values, shape: Shape, permutation: readonly number[]): Values {
  const strides = stridesOf(shape);
  const permuted = (list: Shape) => permutation.map((axis) => list[axis]!);
  return pick(values, positions(permuted(shape), permuted(strides)));
}

function transposeLastTwo(values: Values, shape: Shape): Values {
  const rank = shape.length;
  return transpose(values, shape, [...shape.keys()].with(-2, rank - 1).with(-1, rank - 2));
}

function lastTwo({ shape }: Tensor, transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

/** Returns the values at the given positions as a Float64Array, which represents every dtype exactly. */
function pick(values: Values, at: Int32Array): Values {
  const picked = new Float64Array(at.length);
  for (let i = 0; i < at.length; i++) picked[i] = values[at[i]!]!;
  return picked;
}

/** A tensor from an index of some axis. */
interface View {
  readonly values: Values;
  readonly shape: Shape;
  readonly start: number;
}

function view(values: Values, { shape }: Tensor, start = 0): View {
  return { values, shape, start };
}

/** Copies `size` entries along an axis, for all indices of the other axes, whose dimensions must be equal. */
function copyAlong(axis: number, size: number, from: View, to: View): void {
  const outer = sizeOf(from.shape.slice(0, axis));
  const inner = sizeOf(from.shape.slice(axis + 1));
  for (let i = 0; i < outer; i++) {
    const start = (i * from.shape[axis]! + from.start) * inner;
    const run = from.values.subarray(start, start + size * inner);
    to.values.set(run, (i * to.shape[axis]! + to.start) * inner);
  }
}

/** Returns the rows along the last axis with the offset of each. */
function rowsOf(values: Values, shape: Shape): { start: number; row: Float64Array }[] {
  const width = shape.at(-1)!;
  return Array.from({ length: sizeOf(shape.slice(0, -1)) }, (_, i) => {
    const start = i * width;
    return { start, row: Float64Array.from(values.subarray(start, start + width)) };
  });
}

function logSumExp(row: Float64Array): number {
  const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return largest + Math.log(row.reduce((total, x) => total + Math.exp(x - largest), 0));
}

function checkIndex(op: Op, index: number, bound: number): void {
  if (index < 0 || index >= bound)
    throw new Error(
      `${op}: index ${index} is out of range [0, ${bound}). Check the indices and the size of the table.`,
    );
}
