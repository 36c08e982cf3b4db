import { type DType, isFloat, isHalf } from "../../dtype.ts";
import { roundToHalf } from "../../half.ts";
import { type Shape, stridesOf } from "../../shape.ts";

/** Values of a tensor in row-major order. 16-bit floats are in a Float64Array, so that they are rounded only once. */
export type Values = Float32Array | Float64Array | Int32Array | Uint8Array;

/** Type that float32 tensors are computed and stored in. */
export type Precision = "float32" | "float64";

/** Returns an array of zeros. */
export function allocate(dtype: DType, size: number, precision: Precision): Values {
  if (dtype === "int32") return new Int32Array(size);
  if (dtype === "bool") return new Uint8Array(size);
  return isHalf(dtype) || precision === "float64" ? new Float64Array(size) : new Float32Array(size);
}

/** Returns a copy in the array type that the dtype is computed in. */
export function copyOf(values: Values, dtype: DType, precision: Precision): Values {
  const copy = allocate(dtype, values.length, precision);
  copy.set(values);
  roundTo(dtype, copy);
  return copy;
}

/** Returns a copy in the array type of TensorData. */
export function toHostArray(values: Values, dtype: DType, precision: Precision): Values {
  return isFloat(dtype) && precision === "float32" ? Float32Array.from(values) : values.slice();
}

/** Rounds values to the dtype in place if it is a 16-bit float. */
export function roundTo(dtype: DType, values: Values): void {
  if (!isHalf(dtype)) return;
  for (let i = 0; i < values.length; i++) values[i] = roundToHalf(values[i]!, dtype);
}

/** Returns the positions of the elements of a tensor, in row-major order, in an array with the given strides. */
export function positions(shape: Shape, strides: readonly number[]): Int32Array {
  let inner = Int32Array.of(0);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const outer = new Int32Array(shape[axis]! * inner.length);
    for (let i = 0, at = 0; i < shape[axis]!; i++)
      for (let j = 0; j < inner.length; j++) outer[at++] = i * strides[axis]! + inner[j]!;
    inner = outer;
  }
  return inner;
}

/** Returns strides that read a tensor of shape `from` as if it were broadcast to `to`: 0 for repeated axes. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  const missing = to.length - from.length;
  return to.map((_, axis) => (axis < missing || from[axis - missing] === 1 ? 0 : strides[axis - missing]!));
}
