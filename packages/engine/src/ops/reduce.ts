import { emit, type Tensor } from "../graph.ts";
import { broadcastAxes, normalizeAxes, reducedShape, type Shape, sizeOf } from "../shape.ts";
import { mul } from "./elementwise.ts";
import { reshape } from "./layout.ts";

export interface ReduceOptions {
  /** Keep the reduced axes, with dimension 1. */
  readonly keepDims?: boolean;
}

/** The sum over the given axes, or over all of them. */
export function sum(x: Tensor, axes: number | readonly number[] = allAxes(x), options: ReduceOptions = {}): Tensor {
  return reduce("sum", x, axes, options);
}

/** The largest value over the given axes, or over all of them. It has no derivative here. */
export function max(x: Tensor, axes: number | readonly number[] = allAxes(x), options: ReduceOptions = {}): Tensor {
  return reduce("max", x, axes, options);
}

/** The mean over the given axes, or over all of them. */
export function mean(x: Tensor, axes: number | readonly number[] = allAxes(x), options: ReduceOptions = {}): Tensor {
  const total = sum(x, axes, options);
  return mul(total, sizeOf(total.shape) / sizeOf(x.shape));
}

/** Sums what was broadcast: the adjoint of broadcasting a tensor of shape `shape` to that of x. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  return reshape(sum(x, broadcastAxes(shape, x.shape)), shape);
}

function reduce(op: "sum" | "max", x: Tensor, axes: number | readonly number[], options: ReduceOptions): Tensor {
  const reduced = normalizeAxes(axes, x.shape.length);
  if (x.dtype === "bool") throw new Error(`${op} of a bool tensor`);
  if (reduced.length === 0) return x;
  const keepDims = options.keepDims ?? false;
  const shape = reducedShape(x.shape, reduced, keepDims);
  return emit(x.graph, op, [x], { axes: reduced, keepDims }, { shape, dtype: x.dtype });
}

function allAxes(x: Tensor): number[] {
  return x.shape.map((_, axis) => axis);
}
