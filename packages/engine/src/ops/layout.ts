import { emit, type Tensor } from "../graph.ts";
import { broadcastShapes, normalizeAxes, type Shape, sameShape, sizeOf } from "../shape.ts";

/** The same values in the same order, under another shape of the same size. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (sizeOf(shape) !== sizeOf(x.shape)) throw new Error(`reshape of [${x.shape}] to [${shape}]`);
  return emit(x.graph, "reshape", [x], {}, { shape, dtype: x.dtype });
}

/** Axis i of the result is axis permutation[i] of x. */
export function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  const sorted = [...permutation].sort((a, b) => a - b);
  if (sorted.length !== x.shape.length || sorted.some((axis, i) => axis !== i))
    throw new Error(`transpose of [${x.shape}] by [${permutation}]`);
  if (permutation.every((axis, i) => axis === i)) return x;
  const shape = permutation.map((axis) => x.shape[axis]!);
  return emit(x.graph, "transpose", [x], { permutation }, { shape, dtype: x.dtype });
}

/** x repeated to a larger shape, by NumPy's rule. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShapes(x.shape, shape), shape)) throw new Error(`broadcast of [${x.shape}] to [${shape}]`);
  return emit(x.graph, "broadcastTo", [x], {}, { shape, dtype: x.dtype });
}

/** `size` entries along one axis, from `start` on. */
export function slice(x: Tensor, axis: number, start: number, size: number): Tensor {
  const [along] = normalizeAxes(axis, x.shape.length) as [number];
  const dimension = x.shape[along]!;
  if (start < 0 || size < 0 || start + size > dimension)
    throw new Error(`slice [${start}, ${start + size}) of axis ${axis} of [${x.shape}]`);
  if (size === dimension) return x;
  return emit(x.graph, "slice", [x], { axis: along, start }, { shape: x.shape.with(along, size), dtype: x.dtype });
}

/** Zeros before and after x along one axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  const [along] = normalizeAxes(axis, x.shape.length) as [number];
  if (before < 0 || after < 0) throw new Error(`pad by ${before} and ${after}`);
  if (before + after === 0) return x;
  const shape = x.shape.with(along, x.shape[along]! + before + after);
  return emit(x.graph, "pad", [x], { axis: along, before }, { shape, dtype: x.dtype });
}

/** Tensors one after the other along one axis; they agree in all others. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const first = parts[0];
  if (first === undefined) throw new Error("concat of nothing");
  const [along] = normalizeAxes(axis, first.shape.length) as [number];
  for (const part of parts)
    if (part.dtype !== first.dtype || !sameShape(part.shape.with(along, 0), first.shape.with(along, 0)))
      throw new Error(`concat of [${first.shape}] and [${part.shape}] along axis ${axis}`);
  if (parts.length === 1) return first;
  const total = parts.reduce((size, part) => size + part.shape[along]!, 0);
  const type = { shape: first.shape.with(along, total), dtype: first.dtype };
  return emit(first.graph, "concat", parts, { axis: along }, type);
}
