/** Floating-point element types: `float16` is IEEE 754 binary16; `bfloat16` is the upper 16 bits of a float32. */
export type FloatType = "float32" | "float16" | "bfloat16";

/** Element types of tensors. A `bool` is 0 or 1. */
export type DType = FloatType | "int32" | "bool";

/** A tensor on the host. */
export interface TensorData {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /**
   * Values in row-major order. Floats are a Float32Array, which represents 16-bit floats exactly, or a Float64Array
   * from an executor that computes in double precision; int32 is an Int32Array; bool is a Uint8Array of 0 and 1.
   */
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

/**
 * Returns whether a dtype is a floating-point type.
 *
 * @example
 * ```ts
 * import { isFloat } from "@bertie/engine";
 *
 * console.log(isFloat("bfloat16"), isFloat("int32")); // true false
 * ```
 */
export function isFloat(dtype: DType): dtype is FloatType {
  return dtype === "float32" || isHalf(dtype);
}

/** Returns whether a dtype is a 16-bit floating-point type. */
export function isHalf(dtype: DType): dtype is "float16" | "bfloat16" {
  return dtype === "float16" || dtype === "bfloat16";
}

/**
 * Wraps an array as host data of dtype float32, without copying the values.
 *
 * @param shape shape of the tensor (default: `[data.length]`)
 * @example
 * ```ts
 * import { float32 } from "@bertie/engine";
 *
 * const matrix = float32(Float32Array.of(1, 2, 3, 4), [2, 2]);
 * console.log(matrix.dtype, matrix.shape); // float32 [ 2, 2 ]
 * ```
 */
export function float32(data: Float32Array, shape: readonly number[] = [data.length]): TensorData {
  return { dtype: "float32", shape, data };
}

/**
 * Wraps an array as host data of dtype int32, without copying the values.
 *
 * @param shape shape of the tensor (default: `[data.length]`)
 * @example
 * ```ts
 * import { int32 } from "@bertie/engine";
 *
 * const ids = int32(Int32Array.of(101, 2769, 102));
 * console.log(ids.dtype, ids.shape); // int32 [ 3 ]
 * ```
 */
export function int32(data: Int32Array, shape: readonly number[] = [data.length]): TensorData {
  return { dtype: "int32", shape, data };
}

/**
 * Returns a number as host data of dtype float32 and shape `[]`.
 *
 * @example
 * ```ts
 * import { scalar } from "@bertie/engine";
 *
 * console.log(scalar(0.5)); // { dtype: "float32", shape: [], data: Float32Array(1) [ 0.5 ] }
 * ```
 */
export function scalar(value: number): TensorData {
  return { dtype: "float32", shape: [], data: Float32Array.of(value) };
}
