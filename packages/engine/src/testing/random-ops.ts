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

/** A function that applies ops to a tensor of the pool. `more` are intermediate tensors of other dtypes. */
type RandomOp = (x: Item, context: Context) => Item & { readonly more?: readonly Tensor[] };

/** Steps of random programs, which together use every op. */
export const randomOps: Readonly<Record<string, RandomOp>> = {
  neg: ({ tensor, limit, exact }) => ({ tensor: elementwise.neg(tensor), limit, exact }),
  exp: ({ tensor, limit }) => computed(elementwise.exp(tensor), Math.exp(limit)),
  log: ({ tensor, limit }) => computed(elementwise.log(add(square(tensor), 1)), Math.log(1 + limit ** 2)),
  sqrt: ({ tensor, limit }) => computed(elementwise.sqrt(add(square(tensor), 1)), 1 + limit),
  erf: ({ tensor }) => computed(elementwise.erf(tensor), 1),
  tanh: ({ tensor }) => computed(elementwise.tanh(tensor), 1),
  sigmoid: ({ tensor }) => computed(elementwise.sigmoid(tensor), 1),
  gelu: ({ tensor, limit }) => computed(elementwise.gelu(tensor), limit),

  add: inEitherOrder((x, y) => computed(add(x.tensor, y.tensor), x.limit + y.limit)),
  sub: inEitherOrder((x, y) => computed(sub(x.tensor, y.tensor), x.limit + y.limit)),
  mul: inEitherOrder((x, y) => computed(mul(x.tensor, y.tensor), x.limit * y.limit)),
  div: inEitherOrder((x, y) => computed(div(x.tensor, add(square(y.tensor), 1)), x.limit)),
  maximum: (x, context) => {
    const { tensor, limit } = exactFrom(x, context);
    const other = context.state(partner(tensor.shape, context.random));
    return computed(maximum(tensor, other.tensor), Math.max(limit, other.limit));
  },
  greater: (x, context) => choice(greater, x, context),
  equal: (x, context) => choice(equal, x, context),

  int32: (x, context) => {
    const { tensor, limit } = exactFrom(x, context);
    const integers = cast(tensor, "int32");
    const isEven = equal(mul(integers, 2), add(integers, context.indices(tensor.shape, 2)));
    return {
      tensor: cast(integers, "float32"),
      limit,
      exact: true,
      more: [integers, sum(integers), max(integers), isEven],
    };
  },
  float16: (x, context) => {
    const { tensor, limit } = exactFrom(x, context);
    const other = context.feed(partner(tensor.shape, context.random));
    const total = add(cast(tensor, "float16"), cast(other.tensor, "float16"));
    return { tensor: cast(total, "float32"), limit: limit + other.limit, exact: true, more: [total] };
  },

  matmul: (x, { random, state }) => {
    const a = x.tensor.shape.length < 2 ? reshape(x.tensor, [1, sizeOf(x.tensor.shape)]) : x.tensor;
    const options = { transposeA: coin(random), transposeB: coin(random) };
    const k = a.shape.at(options.transposeA ? -2 : -1)!;
    const n = between(random, 1, 4);
    const b = state([...a.shape.slice(0, -2), ...(options.transposeB ? [n, k] : [k, n])]);
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
    const split = shape.length < 4 ? random.nextInt(shape.length + 1) : between(random, 1, shape.length);
    return { ...x, tensor: reshape(x.tensor, [sizeOf(shape.slice(0, split)), ...shape.slice(split)]) };
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
  concat: (x, { random, state }) => {
    const tensor = atLeastRank1(x.tensor);
    const axis = random.nextInt(tensor.shape.length);
    const other = state(tensor.shape.with(axis, between(random, 1, 3)));
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
  layerNorm: (x, { state }) => {
    const tensor = atLeastRank1(x.tensor);
    const width = tensor.shape.at(-1)!;
    const [gamma, beta] = [state([width]), state([width])];
    // With a small epsilon, rows of equal values would have huge gradients.
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

/** Returns a step that applies a binary op to x and another tensor, whose shape broadcasts to x's, in random order. */
function inEitherOrder(op: (x: Item, y: Item) => Item): RandomOp {
  return (x, { random, pool, feed, state }) => {
    const sameShape = pool.filter(({ tensor: { shape } }) => String(shape) === String(x.tensor.shape));
    const create = coin(random) ? feed : state;
    const y = coin(random) ? sameShape[random.nextInt(sameShape.length)]! : create(partner(x.tensor.shape, random));
    return coin(random) ? op(x, y) : op(y, x);
  };
}

/** Selects between two operands by a comparison of exact values, whose shape is x's or broadcasts to it. */
function choice(compare: (x: Tensor, y: Tensor) => Tensor, x: Item, context: Context): ReturnType<RandomOp> {
  const { feed, state, random } = context;
  const { shape } = x.tensor;
  const condition = compare(feed(partner(shape, random)).tensor, cast(context.indices(shape, 2), "float32"));
  const y = state(partner(shape, random));
  const tensor = coin(random) ? where(condition, x.tensor, y.tensor) : where(condition, 0.5, x.tensor);
  return { ...computed(tensor, Math.max(x.limit, y.limit)), more: [condition] };
}

/** Returns the item if its values are exact, otherwise a feed of its shape. */
function exactFrom(x: Item, { feed }: Context): Item {
  return x.exact ? x : feed(x.tensor.shape);
}

/** Returns a shape that broadcasts to the given one: it may have fewer axes or dimensions of 1. */
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
