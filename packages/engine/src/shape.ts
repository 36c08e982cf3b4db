/** The dimensions of a tensor; `[]` is a scalar. */
export type Shape = readonly number[];

/**
 * Returns the number of elements of a tensor.
 *
 * @example
 * ```ts
 * import { sizeOf } from "@bertie/engine";
 *
 * console.log(sizeOf([2, 3]), sizeOf([])); // 6 1
 * ```
 */
export function sizeOf(shape: Shape): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}

/** Returns whether two shapes are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/**
 * Returns the shape that two shapes broadcast to by NumPy's rules: the shapes are aligned at the last axis, and
 * dimensions of 1 are repeated.
 *
 * @throws Error if the shapes do not broadcast
 */
export function broadcastShapes(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw new Error(
        `shapes [${a}] and [${b}] do not broadcast. Expected dimensions that are equal or 1, aligned at the last axis.`,
      );
    return x === 1 ? y : x;
  });
}

/** Returns the axes of `to` along which a tensor of shape `from` is repeated when it is broadcast to `to`. */
export function broadcastAxes(from: Shape, to: Shape): number[] {
  const missing = to.length - from.length;
  return to.flatMap((dimension, axis) =>
    axis < missing || (from[axis - missing] === 1 && dimension !== 1) ? [axis] : [],
  );
}

/** Returns the shape after a reduction over `axes`. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): number[] {
  return shape.flatMap((dimension, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [dimension]));
}

/**
 * Converts axes to indices from 0. Negative axes count from the end.
 *
 * @throws Error if an axis is out of range or occurs twice
 */
export function normalizeAxes(axes: number | readonly number[], rank: number): number[] {
  const normalized = [axes].flat().map((axis) => (axis < 0 ? axis + rank : axis));
  for (const [i, axis] of normalized.entries())
    if (axis < 0 || axis >= rank || normalized.indexOf(axis) !== i)
      throw new Error(
        `axes [${axes}] of a tensor of rank ${rank} are invalid. Expected distinct axes in [${-rank}, ${rank}).`,
      );
  return normalized;
}

/** Returns row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}
