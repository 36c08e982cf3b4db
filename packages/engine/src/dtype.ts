/** Floating element types: `float16` is IEEE 754 binary16, `bfloat16` the upper half of a float32. */
export type FloatType = "float32" | "float16" | "bfloat16";

/** The element types of tensors. `bool` holds 0 or 1. */
export type DType = FloatType | "int32" | "bool";

/**
 * A tensor's values on the host, in row-major order.
 *
 * Floats come as Float32Array (which holds the 16-bit ones exactly), or as Float64Array from an executor that computes in
 * double precision; int32 as Int32Array; bool as Uint8Array of 0 and 1.
 */
export interface TensorData {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

export function isFloat(dtype: DType): dtype is FloatType {
  return dtype === "float32" || isHalf(dtype);
}

/** Whether it is one of the 16-bit floats. */
export function isHalf(dtype: DType): dtype is "float16" | "bfloat16" {
  return dtype === "float16" || dtype === "bfloat16";
}

/** Host data of dtype float32. */
export function float32(data: Float32Array, shape: readonly number[] = [data.length]): TensorData {
  return { dtype: "float32", shape, data };
}

/** Host data of dtype int32. */
export function int32(data: Int32Array, shape: readonly number[] = [data.length]): TensorData {
  return { dtype: "int32", shape, data };
}

/** A float32 scalar, of shape []. */
export function scalar(value: number): TensorData {
  return { dtype: "float32", shape: [], data: Float32Array.of(value) };
}
