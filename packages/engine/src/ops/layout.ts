import { emit, type Tensor } from "../graph.ts";
import { broadcastShapes, normalizeAxes, type Shape, sameShape, sizeOf } from "../shape.ts";

/**
 * Returns the same values in the same order with another shape of the same size.
 *
 * @throws Error if the shape has another number of elements
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, reshape, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => {
 *   const x = constant(graph, [1, 2, 3, 4, 5, 6], "float32", [2, 3]);
 *   return { outputs: { y: reshape(x, [3, 2]) } };
 * });
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.shape, y?.data); // [ 3, 2 ] Float32Array(6) [ 1, 2, 3, 4, 5, 6 ]
 * ```
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (sizeOf(shape) !== sizeOf(x.shape))
    throw new Error(
      `reshape: cannot reshape [${x.shape}] to [${shape}]. Expected a shape with ${sizeOf(x.shape)} elements, found ${sizeOf(shape)}.`,
    );
  return emit(x.graph, "reshape", [x], {}, { shape, dtype: x.dtype });
}

/**
 * Permutes the axes of x: axis i of the result is axis permutation[i] of x.
 *
 * @throws Error if `permutation` is not a permutation of the axes
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, trace, transpose } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => {
 *   const x = constant(graph, [1, 2, 3, 4, 5, 6], "float32", [2, 3]);
 *   return { outputs: { y: transpose(x, [1, 0]) } };
 * });
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.shape, y?.data); // [ 3, 2 ] Float32Array(6) [ 1, 4, 2, 5, 3, 6 ]
 * ```
 */
export function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  const sorted = [...permutation].sort((a, b) => a - b);
  if (sorted.length !== x.shape.length || sorted.some((axis, i) => axis !== i))
    throw new Error(
      `transpose: [${permutation}] is not a permutation of the axes of [${x.shape}]. List each axis from 0 once.`,
    );
  if (permutation.every((axis, i) => axis === i)) return x;
  const shape = permutation.map((axis) => x.shape[axis]!);
  return emit(x.graph, "transpose", [x], { permutation }, { shape, dtype: x.dtype });
}

/**
 * Broadcasts x to a larger shape by NumPy's rules.
 *
 * @throws Error if x does not broadcast to the shape
 * @example
 * ```ts
 * import { broadcastTo, constant, createReferenceExecutor, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: broadcastTo(constant(graph, [1, 2]), [2, 2]) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.shape, y?.data); // [ 2, 2 ] Float32Array(4) [ 1, 2, 1, 2 ]
 * ```
 */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShapes(x.shape, shape), shape))
    throw new Error(
      `broadcastTo: cannot broadcast [${x.shape}] to [${shape}], which is smaller. Reduce or slice the tensor instead.`,
    );
  return emit(x.graph, "broadcastTo", [x], {}, { shape, dtype: x.dtype });
}

/**
 * Returns `size` entries along an axis, starting at index `start`.
 *
 * @throws Error if the axis or the range does not exist
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, slice, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: slice(constant(graph, [1, 2, 3, 4]), 0, 1, 2) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(2) [ 2, 3 ]
 * ```
 */
export function slice(x: Tensor, axis: number, start: number, size: number): Tensor {
  const [along] = normalizeAxes(axis, x.shape.length) as [number];
  const dimension = x.shape[along]!;
  if (start < 0 || size < 0 || start + size > dimension)
    throw new Error(
      `slice: [${start}, ${start + size}) is not a range within axis ${axis} of [${x.shape}]. Expected a range within [0, ${dimension}).`,
    );
  if (size === dimension) return x;
  return emit(x.graph, "slice", [x], { axis: along, start }, { shape: x.shape.with(along, size), dtype: x.dtype });
}

/**
 * Adds `before` zeros at the beginning of an axis and `after` zeros at its end.
 *
 * @throws Error if the axis does not exist, or a width is negative
 * @example
 * ```ts
 * import { constant, createReferenceExecutor, pad, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: pad(constant(graph, [1, 2]), 0, 1, 2) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(5) [ 0, 1, 2, 0, 0 ]
 * ```
 */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  const [along] = normalizeAxes(axis, x.shape.length) as [number];
  if (before < 0 || after < 0)
    throw new Error(`pad: the widths are ${before} and ${after}, expected 0 or more. Use slice() to remove entries.`);
  if (before + after === 0) return x;
  const shape = x.shape.with(along, x.shape[along]! + before + after);
  return emit(x.graph, "pad", [x], { axis: along, before }, { shape, dtype: x.dtype });
}

/**
 * Concatenates tensors along an axis. The tensors must have the same dtype and agree in all other dimensions.
 *
 * @throws Error if the list is empty, the axis does not exist, or the tensors do not match
 * @example
 * ```ts
 * import { concat, constant, createReferenceExecutor, trace } from "@bertie/engine";
 *
 * const program = trace(({ graph }) => ({ outputs: { y: concat([constant(graph, [1, 2]), constant(graph, [3])], 0) } }));
 * const { y } = await (await createReferenceExecutor().compile(program)).run({});
 * console.log(y?.data); // Float32Array(3) [ 1, 2, 3 ]
 * ```
 */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const first = parts[0];
  if (first === undefined) throw new Error("concat: the list of tensors is empty. Pass at least one tensor.");
  const [along] = normalizeAxes(axis, first.shape.length) as [number];
  for (const part of parts)
    if (!isConcatenable(first, part, along)) {
      const types = `${first.dtype}[${first.shape}] and ${part.dtype}[${part.shape}]`;
      throw new Error(
        `concat: ${types} differ in dtype or in a dimension other than axis ${axis}. Cast or reshape one of them.`,
      );
    }
  if (parts.length === 1) return first;
  const total = parts.reduce((size, part) => size + part.shape[along]!, 0);
  const type = { shape: first.shape.with(along, total), dtype: first.dtype };
  return emit(first.graph, "concat", parts, { axis: along }, type);
}

function isConcatenable(a: Tensor, b: Tensor, axis: number): boolean {
  return a.dtype === b.dtype && sameShape(a.shape.with(axis, 0), b.shape.with(axis, 0));
}
