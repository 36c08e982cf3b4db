import { sizeOf } from "@bertie/engine";
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "./float16.ts";

/** Bytes per element of each dtype in weight files. */
export const ITEM_SIZE = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
} as const;

/** Data types of tensors in weight files, named as in PyTorch. */
export type WeightDType = keyof typeof ITEM_SIZE;

/**
 * A tensor in a weight file.
 *
 * Data is converted or copied only on demand, so a large file is not in memory twice, and unused tensors are never
 * converted.
 */
export type WeightTensor = {
  readonly dtype: WeightDType;
  readonly shape: readonly number[];
  /**
   * Returns the elements, little-endian and row-major. Do not modify the result, which may be a view of the file's
   * bytes.
   */
  readonly toBytes: () => Uint8Array;
  /** Returns the elements as float32, row-major. Do not modify the result, which may be a view of the file's bytes. */
  readonly toFloat32: () => Float32Array;
};

/** Tensors of a weight file by name, in the order of the file. */
export type NamedTensors = ReadonlyMap<string, WeightTensor>;

/**
 * Creates a tensor from a function that returns its bytes, little-endian and row-major.
 *
 * @example
 * ```ts
 * import { weightTensor, writeSafetensors } from "@bertie/model";
 *
 * const ids = weightTensor("int32", [2], () => new Uint8Array(Int32Array.of(101, 102).buffer));
 * console.log(writeSafetensors(new Map([["ids", ids]])).length); // 96
 * ```
 */
export function weightTensor(dtype: WeightDType, shape: readonly number[], toBytes: () => Uint8Array): WeightTensor {
  return { dtype, shape, toBytes, toFloat32: () => decodeFloat32(dtype, toBytes()) };
}

/** Returns the number of bytes of a tensor in a file. */
export function byteLength({ dtype, shape }: Pick<WeightTensor, "dtype" | "shape">): number {
  return sizeOf(shape) * ITEM_SIZE[dtype];
}

/**
 * Creates a tensor for a weight file from float32 values.
 *
 * @param shape shape of the tensor
 * @param values elements in row-major order; not copied
 * @param dtype data type in the file. Values are rounded to nearest, ties to even, when the tensor is written.
 * @throws RangeError if the number of values does not match the shape
 *
 * @example
 * ```ts
 * import { tensorFromFloat32 } from "@bertie/model";
 *
 * console.log(tensorFromFloat32([2], Float32Array.of(1, 2), "float16").toBytes()); // Uint8Array [0, 60, 0, 64]
 * ```
 */
export function tensorFromFloat32(
  shape: readonly number[],
  values: Float32Array,
  dtype: "float32" | "float16" | "bfloat16" = "float32",
): WeightTensor {
  if (sizeOf(shape) !== values.length) {
    throw new RangeError(`expected ${sizeOf(shape)} values for shape [${shape}], found ${values.length}`);
  }
  return weightTensor(dtype, shape, () => {
    const encoded =
      dtype === "float32" ? values : dtype === "float16" ? float32ToFloat16(values) : float32ToBfloat16(values);
    return new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  });
}

function decodeFloat32(dtype: WeightDType, bytes: Uint8Array): Float32Array {
  switch (dtype) {
    case "float32":
      return typedView(Float32Array, bytes);
    case "float16":
      return float16ToFloat32(typedView(Uint16Array, bytes));
    case "bfloat16":
      return bfloat16ToFloat32(typedView(Uint16Array, bytes));
    case "float64":
      return new Float32Array(typedView(Float64Array, bytes));
    case "int64":
      return fromBigIntegers(typedView(BigInt64Array, bytes));
    case "uint64":
      return fromBigIntegers(typedView(BigUint64Array, bytes));
    case "int32":
      return new Float32Array(typedView(Int32Array, bytes));
    case "uint32":
      return new Float32Array(typedView(Uint32Array, bytes));
    case "int16":
      return new Float32Array(typedView(Int16Array, bytes));
    case "uint16":
      return new Float32Array(typedView(Uint16Array, bytes));
    case "int8":
      return new Float32Array(typedView(Int8Array, bytes));
    case "uint8":
      return new Float32Array(bytes);
    case "bool":
      return new Float32Array(bytes.map((byte) => (byte === 0 ? 0 : 1)));
  }
}

/**
 * Converts integers in a loop, because `Float32Array.from` would create an intermediate array with 8 times the memory.
 */
function fromBigIntegers(integers: BigInt64Array | BigUint64Array): Float32Array {
  const values = new Float32Array(integers.length);
  for (let i = 0; i < values.length; i++) values[i] = Number(integers[i]);
  return values;
}

type TypedArrayConstructor<T> = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
};

/**
 * Returns bytes as a typed array: a view if the bytes are aligned, a copy otherwise.
 *
 * Typed arrays use the machine's byte order, which is assumed to be little-endian, like the byte order of the files. All
 * common platforms are little-endian.
 */
export function typedView<T>(TypedArray: TypedArrayConstructor<T>, bytes: Uint8Array): T {
  const aligned = bytes.byteOffset % TypedArray.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  return new TypedArray(aligned.buffer, aligned.byteOffset, aligned.byteLength / TypedArray.BYTES_PER_ELEMENT);
}
