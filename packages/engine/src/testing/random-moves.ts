import type { Random } from "@bertie/common";
import type { Tensor } from "../graph.ts";
import { crossEntropy, dropout, layerNorm, softmax } from "../ops/composite.ts";
import * as elementwise from "../ops/elementwise.ts";
import { add, cast, div, equal, greater, maximum, mul, square, sub, where } from "../ops/elementwise.ts";
import { broadcastTo, concat, pad, reshape, slice, transpose } from "../ops/layout.ts";
import { matmul } from "../ops/matmul.ts";
import { max, sum } from "../ops/reduce.ts";
import { gather, oneHot, scatterAdd } from "../ops/rows.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { Inputs, Item } from "./random-inputs.ts";

interface Context extends Inputs {
  readonly random: Random;
  readonly pool: readonly Item[];
}

/** A step from an item to another one; `more` are tensors of other dtypes that came up on the way. */
type Move = (x: Item, context: Context) => Item & { readonly more?: readonly Tensor[] };

/** The ways in which a random program goes on. Together they use every op. */
export const moves: Readonly<Record<string, Move>> = {
  neg: ({ tensor, limit, exact }) => ({ tensor: elementwise.neg(tensor), limit, exact }),
  exp: ({ tensor, limit }) => computed(elementwise.exp(tensor), Math.exp(limit)),
  log: ({ tensor, limit }) => computed(elementwise.log(add(square(tensor), 1)), Math.log(1 + limit ** 2)),
  sqrt: ({ tensor, limit }) => computed(elementwise.sqrt(add(square(tensor), 1)), 1 + limit),
  erf: ({ tensor }) => computed(elementwise.erf(tensor), 1),
  tanh: ({ tensor }) => computed(elementwise.tanh(tensor), 1),
  sigmoid: ({ tensor }) => computed(elementwise.sigmoid(tensor), 1),
  gelu: ({ tensor, limit }) => computed(elementwise.gelu(tensor), limit),

  add: inAnyOrder((x, y) => computed(add(x.tensor, y.tensor), x.limit + y.limit)),
  sub: inAnyOrder((x, y) => computed(sub(x.tensor, y.tensor), x.limit + y.limit)),
  mul: inAnyOrder((x, y) => computed(mul(x.tensor, y.tensor), x.limit * y.limit)),
  div: inAnyOrder((x, y) => computed(div(x.tensor, add(square(y.tensor), 1)), x.limit)),
  maximum: (x, context) => {
    const { tensor, limit } = exactFrom(x, context);
    const other = context.kept(partner(tensor.shape, context.random));
    return computed(maximum(tensor, other.tensor), Math.max(limit, other.limit));
  },
  greater: (x, context) => choice(greater, x, context),
  equal: (x, context) => choice(equal, x, context),

  int32: (x, context) => {
    const { tensor, limit } = exactFrom(x, context);
    const whole = cast(tensor, "int32");
    const even = equal(mul(whole, 2), add(whole, context.indices(tensor.shape, 2)));
    return { tensor: cast(whole, "float32"), limit, exact: true, more: [whole, sum(whole), max(whole), even] };
  },
  float16: (x, context) => {
    const { tensor, limit } = exactFrom(x, context);
    const other = context.fed(partner(tensor.shape, context.random));
    const total = add(cast(tensor, "float16"), cast(other.tensor, "float16"));
    return { tensor: cast(total, "float32"), limit: limit + other.limit, exact: true, more: [total] };
  },

  matmul: (x, { random, kept }) => {
    const a = x.tensor.shape.length < 2 ? reshape(x.tensor, [1, sizeOf(x.tensor.shape)]) : x.tensor;
    const options = { transposeA: coin(random), transposeB: coin(random) };
    const k = a.shape.at(options.transposeA ? -2 : -1)!;
    const n = between(random, 1, 4);
    const b = kept([...a.shape.slice(0, -2), ...(options.transposeB ? [n, k] : [k, n])]);
    return coin(random)
      ? computed(matmul(a, b.tensor, options), k * x.limit * b.limit)
      : computed(
          matmul(b.tensor, a, { transposeA: !options.transposeB, transposeB: !options.transposeA }),
          k * x.limit * b.limit,
        );
  },
  sum: ({ tensor, limit }, { random }) => {
    const axes = someAxes(tensor.shape, random);
    const total = sum(tensor, axes, { keepDims: coin(random) });
    return computed(total, (limit * sizeOf(tensor.shape)) / sizeOf(total.shape));
  },
  max: (x, context) => {
    const { tensor, limit } = exactFrom(x, context);
    const axes = someAxes(tensor.shape, context.random);
    return { tensor: max(tensor, axes, { keepDims: coin(context.random) }), limit, exact: true };
  },

  reshape: (x, { random }) => {
    const { shape } = x.tensor;
    const cut = shape.length < 4 ? random.nextInt(shape.length + 1) : between(random, 1, shape.length);
    return { ...x, tensor: reshape(x.tensor, [sizeOf(shape.slice(0, cut)), ...shape.slice(cut)]) };
  },
  transpose: (x, { random }) => ({
    ...x,
    tensor: transpose(x.tensor, random.shuffled(x.tensor.shape.map((_, axis) => axis))),
  }),
  broadcastTo: (x, { random }) => {
    const stretched = x.tensor.shape.map((dimension) => (dimension === 1 ? between(random, 1, 3) : dimension));
    const added = stretched.length < 4 ? [between(random, 1, 3)] : [];
    return { ...x, tensor: broadcastTo(x.tensor, [...added, ...stretched]) };
  },
  slice: (x, { random }) => {
    const tensor = atLeastRank1(x.tensor);
    const axis = random.nextInt(tensor.shape.length);
    const size = between(random, 1, tensor.shape[axis]!);
    return { ...x, tensor: slice(tensor, axis, random.nextInt(tensor.shape[axis]! - size + 1), size) };
  },
  pad: (x, { random }) => {
    const tensor = atLeastRank1(x.tensor);
    return { ...x, tensor: pad(tensor, random.nextInt(tensor.shape.length), random.nextInt(3), random.nextInt(3)) };
  },
  concat: (x, { random, kept }) => {
    const tensor = atLeastRank1(x.tensor);
    const axis = random.nextInt(tensor.shape.length);
    const other = kept(tensor.shape.with(axis, between(random, 1, 3)));
    const parts = random.shuffled([tensor, other.tensor, tensor]);
    return computed(concat(parts, axis - tensor.shape.length), Math.max(x.limit, other.limit));
  },

  gather: (x, { random, indices }) => {
    const tensor = atLeastRank1(x.tensor);
    const table = reshape(tensor, [sizeOf(tensor.shape.slice(0, -1)), tensor.shape.at(-1)!]);
    return { ...x, tensor: gather(table, indices(smallShape(random), table.shape[0]!)) };
  },
  scatterAdd: (x, { random, indices }) => {
    const tensor = atLeastRank1(x.tensor);
    const leading = tensor.shape.slice(0, -1);
    const rows = between(random, 1, 5);
    return computed(scatterAdd(indices(leading, rows), tensor, rows), x.limit * sizeOf(leading));
  },
  oneHot: (_, { random, indices }) => ({ tensor: oneHot(indices(smallShape(random), 5), 4), limit: 1, exact: true }),

  softmax: (x) => computed(softmax(atLeastRank1(x.tensor)), 1),
  layerNorm: (x, { kept }) => {
    const tensor = atLeastRank1(x.tensor);
    const width = tensor.shape.at(-1)!;
    const [gamma, beta] = [kept([width]), kept([width])];
    // A large epsilon: with a small one, rows of equal values have huge gradients.
    return computed(layerNorm(tensor, gamma.tensor, beta.tensor, 0.125), (Math.sqrt(width) + 1) * gamma.limit);
  },
  crossEntropy: (x, { indices }) => {
    const classes = x.tensor.shape.at(-1) ?? 1;
    const rows = sizeOf(x.tensor.shape) / classes;
    const losses = crossEntropy(reshape(x.tensor, [rows, classes]), indices([rows], classes));
    return computed(losses, 2 * x.limit + Math.log(classes));
  },
  dropout: (x) => computed(dropout(x.tensor, 0.25), x.limit / 0.75),
};

function computed(tensor: Tensor, limit: number): Item {
  return { tensor, limit, exact: false };
}

/** A move by an op of two operands, the other one of a shape that broadcasts with x's. */
function inAnyOrder(op: (x: Item, y: Item) => Item): Move {
  return (x, { random, pool, fed, kept }) => {
    const alike = pool.filter(({ tensor: { shape } }) => String(shape) === String(x.tensor.shape));
    const make = coin(random) ? fed : kept;
    const y = coin(random) ? alike[random.nextInt(alike.length)]! : make(partner(x.tensor.shape, random));
    return coin(random) ? op(x, y) : op(y, x);
  };
}

/** One of two operands, by a condition on exact values that have x's shape or broadcast to it. */
function choice(compare: (x: Tensor, y: Tensor) => Tensor, x: Item, context: Context): ReturnType<Move> {
  const { fed, kept, random } = context;
  const { shape } = x.tensor;
  const condition = compare(fed(partner(shape, random)).tensor, cast(context.indices(shape, 2), "float32"));
  const y = kept(partner(shape, random));
  const tensor = coin(random) ? where(condition, x.tensor, y.tensor) : where(condition, 0.5, x.tensor);
  return { ...computed(tensor, Math.max(x.limit, y.limit)), more: [condition] };
}

/** The item itself if its values are exact, else a feed of its shape. */
function exactFrom(x: Item, { fed }: Context): Item {
  return x.exact ? x : fed(x.tensor.shape);
}

/** A shape that broadcasts to the given one: with fewer axes, or with dimensions of 1. */
function partner(shape: Shape, random: Random): number[] {
  return shape
    .slice(random.nextInt(3) === 0 ? random.nextInt(shape.length + 1) : 0)
    .map((dimension) => (random.nextInt(3) === 0 ? 1 : dimension));
}

function someAxes(shape: Shape, random: Random): number[] {
  return shape.flatMap((_, axis) => (coin(random) ? [coin(random) ? axis : axis - shape.length] : []));
}

function smallShape(random: Random): number[] {
  return Array.from({ length: random.nextInt(3) }, () => between(random, 1, 4));
}

function atLeastRank1(x: Tensor): Tensor {
  return x.shape.length === 0 ? reshape(x, [1]) : x;
}

function between(random: Random, low: number, high: number): number {
  return low + random.nextInt(high - low + 1);
}

function coin(random: Random): boolean {
  return random.nextInt(2) === 0;
}
