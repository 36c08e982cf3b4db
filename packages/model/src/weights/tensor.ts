import { sizeOf } from "@bertie/engine";
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "./float16.ts";

/** Bytes an element of each type that weight files hold. */
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

/** Types are named as in torch. */
export type WeightDType = keyof typeof ITEM_SIZE;

/**
 * A tensor in a weight file. Nothing is converted or copied before it is asked for, so that a large file is never in
 * memory twice, and a tensor nobody wants costs nothing.
 */
export type WeightTensor = {
  readonly dtype: WeightDType;
  readonly shape: readonly number[];
  /** The elements in row-major order, little-endian. May be a view of the file's bytes: read it only. */
  readonly toBytes: () => Uint8Array;
  /** The elements in row-major order as float32. May be a view of the file's bytes: read it only. */
  readonly toFloat32: () => Float32Array;
};

/** A weight file's tensors by name, in the file's order. */
export type NamedTensors = ReadonlyMap<string, WeightTensor>;

export function weightTensor(dtype: WeightDType, shape: readonly number[], toBytes: () => Uint8Array): WeightTensor {
  return { dtype, shape, toBytes, toFloat32: () => decodeFloat32(dtype, toBytes()) };
}

/** How many bytes a tensor takes in a file. */
export function byteLength({ dtype, shape }: Pick<WeightTensor, "dtype" | "shape">): number {
  return sizeOf(shape) * ITEM_SIZE[dtype];
}

/** Float32 values as a tensor to be written, as float32 or rounded to 16 bits (nearest, ties to even). */
export function tensorFromFloat32(
  shape: readonly number[],
  values: Float32Array,
  dtype: "float32" | "float16" | "bfloat16" = "float32",
): WeightTensor {
  if (sizeOf(shape) !== values.length) throw new RangeError(`shape [${shape}] does not hold ${values.length} values`);
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

/** One by one: `Float32Array.from` would first make a list of them, which takes eight times the memory. */
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
 * Bytes seen as a typed array: in place where they are aligned, otherwise a copy. Typed arrays have the machine's byte
 * order, which is little-endian, like the files, wherever WebAssembly runs at speed.
 */
export function typedView<T>(TypedArray: TypedArrayConstructor<T>, bytes: Uint8Array): T {
  const aligned = bytes.byteOffset % TypedArray.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  return new TypedArray(aligned.buffer, aligned.byteOffset, aligned.byteLength / TypedArray.BYTES_PER_ELEMENT);
}
