import type { Env, InferenceSession, Tensor as OrtTensor, TensorConstructor } from "onnxruntime-common";
import type { DType, TensorData } from "../../dtype.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { elementTypeOf } from "./element-type.ts";
import { fromHalfBits, toHalfBits } from "./half-bits.ts";

/**
 * The part of ONNX Runtime's JavaScript API that the executor uses. onnxruntime-node and onnxruntime-web implement it.
 */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
  /** Versions of the package; `versions.web` is defined only in onnxruntime-web. */
  readonly env?: Env;
}

/** Converts host data to a tensor of ONNX Runtime, without copying values that have the same representation. */
export function toOrt(runtime: OnnxRuntime, { dtype, shape, data }: TensorData): OrtTensor {
  elementTypeOf(dtype);
  if (dtype === "int32" && data instanceof Int32Array) return new runtime.Tensor("int32", data, shape);
  if (dtype === "bool" && data instanceof Uint8Array) return new runtime.Tensor("bool", data, shape);
  if (dtype === "float16") return new runtime.Tensor("float16", Uint16Array.from(data, toHalfBits), shape);
  if (dtype === "float32") {
    const values = data instanceof Float32Array ? data : Float32Array.from(data);
    return new runtime.Tensor("float32", values, shape);
  }
  throw new Error(
    `${data.constructor.name} is not supported for ${dtype} values. Pass the array class that TensorData specifies.`,
  );
}

/**
 * Converts a tensor of ONNX Runtime on the host to host data, without copying values that have the same representation.
 */
export function fromOrt(tensor: OrtTensor): TensorData {
  const dtype = tensor.type as TensorData["dtype"];
  const data = tensor.data as TensorData["data"];
  if (dtype !== "float16") return { dtype, shape: tensor.dims, data };
  // The data is a Float16Array if the JavaScript engine supports it, otherwise a Uint16Array.
  const bits = new Uint16Array(data.buffer, data.byteOffset, data.length);
  return { dtype, shape: tensor.dims, data: Float32Array.from(bits, fromHalfBits) };
}

/** Returns a tensor of zeros on the host. */
export function zeros(runtime: OnnxRuntime, dtype: DType, shape: Shape): OrtTensor {
  const arrays = { float32: Float32Array, float16: Float32Array, int32: Int32Array, bool: Uint8Array };
  return toOrt(runtime, { dtype, shape, data: new arrays[elementTypeOf(dtype)](sizeOf(shape)) });
}

/** Returns the first line of an error message of ONNX Runtime, without the location in ONNX Runtime's source code. */
export function messageOf(cause: unknown): string {
  const [line = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n", 1);
  return line.replace(/^.*? was false\. /, "");
}
