import { emit, type Tensor } from "../graph.ts";
import { broadcastAxes, normalizeAxes, reducedShape, type Shape, sizeOf } from "../shape.ts";
import { mul } from "./elementwise.ts";
import { reshape } from "./layout.ts";

/** The options of reductions. */
export interface ReduceOptions {
  /** Whether to keep the reduced axes, with dimension 1. */
  readonly keepDims?: boolean;
}

/**
 * Returns the sum over the given axes, by default over all axes.
 *
 * @throws Error if x is bool, or the axes are invalid or not distinct
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, sum, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => {
 *   const x = constant(graph, [1, 2, 3, 4, 5, 6], "float32", [2, 3]);
 *   return { outputs: { y: sum(x, -1) } };
 * });
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 6, 15 ]
 * ```
 */
export function sum(x: Tensor, axes: number | readonly number[] = allAxes(x), options: ReduceOptions = {}): Tensor {
  return reduce("sum", x, axes, options);
}

/**
 * Returns the maximum over the given axes, by default over all axes. It has no VJP rule.
 *
 * @throws Error if x is bool, or the axes are invalid or not distinct
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, max, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => {
 *   const x = constant(graph, [1, 2, 3, 4, 5, 6], "float32", [2, 3]);
 *   return { outputs: { y: max(x, 0) } };
 * });
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(3) [ 4, 5, 6 ]
 * ```
 */
export function max(x: Tensor, axes: number | readonly number[] = allAxes(x), options: ReduceOptions = {}): Tensor {
  return reduce("max", x, axes, options);
}

/**
 * Returns the mean over the given axes, by default over all axes.
 *
 * @throws Error if x is bool, if x is int32 and a mean covers several elements, or if the axes are invalid or repeated
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, mean, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => {
 *   const x = constant(graph, [1, 2, 3, 4, 5, 6], "float32", [2, 3]);
 *   return { outputs: { y: mean(x, -1) } };
 * });
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 2, 5 ]
 * ```
 */
export function mean(x: Tensor, axes: number | readonly number[] = allAxes(x), options: ReduceOptions = {}): Tensor {
  const total = sum(x, axes, options);
  return mul(total, sizeOf(total.shape) / sizeOf(x.shape));
}

/**
 * Sums x over broadcast axes, so that the result has the given shape. sumTo() is the adjoint of broadcasting a tensor
 * of that shape to the shape of x.
 *
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, sumTo, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => {
 *   const x = constant(graph, [1, 2, 3, 4, 5, 6], "float32", [2, 3]);
 *   return { outputs: { y: sumTo(x, [3]) } };
 * });
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(3) [ 5, 7, 9 ]
 * ```
 */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  return reshape(sum(x, broadcastAxes(shape, x.shape)), shape);
}

function reduce(op: "sum" | "max", x: Tensor, axes: number | readonly number[], options: ReduceOptions): Tensor {
  const reduced = normalizeAxes(axes, x.shape.length);
  if (x.dtype === "bool")
    throw new Error(`${op}: the operand is bool, expected a numeric type. Convert it with cast().`);
  if (reduced.length === 0) return x;
  const keepDims = options.keepDims ?? false;
  const shape = reducedShape(x.shape, reduced, keepDims);
  return emit(x.graph, op, [x], { axes: reduced, keepDims }, { shape, dtype: x.dtype });
}

function allAxes(x: Tensor): number[] {
  return x.shape.map((_, axis) => axis);
}
