/** The element types of tensors. `bool` holds 0 or 1; `float16` is IEEE 754 binary16. */
export type DType = "float32" | "float16" | "int32" | "bool";

/**
 * A tensor's values on the host, in row-major order.
 *
 * float32 and float16 come as Float32Array (a float16 value is exact in one), or as Float64Array from an executor that
 * computes in double precision; int32 as Int32Array; bool as Uint8Array of 0 and 1.
 */
export interface TensorData {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

export function isFloat(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float16";
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
