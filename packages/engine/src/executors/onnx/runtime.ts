import type { Env, InferenceSession, Tensor as OrtTensor, TensorConstructor } from "onnxruntime-common";
import type { DType, TensorData } from "../../dtype.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { elementTypeOf } from "./element-type.ts";
import { fromHalfBits, toHalfBits } from "./half-bits.ts";

/** What is used of ONNX Runtime's JavaScript API; onnxruntime-node has it, and onnxruntime-web. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
  /** Tells the packages apart: `versions.web` is there in onnxruntime-web. */
  readonly env?: Env;
}

/** Host data as ONNX Runtime's tensor; without a copy where the representation is the same. */
export function toOrt(runtime: OnnxRuntime, { dtype, shape, data }: TensorData): OrtTensor {
  elementTypeOf(dtype);
  if (dtype === "int32" && data instanceof Int32Array) return new runtime.Tensor("int32", data, shape);
  if (dtype === "bool" && data instanceof Uint8Array) return new runtime.Tensor("bool", data, shape);
  if (dtype === "float16") return new runtime.Tensor("float16", Uint16Array.from(data, toHalfBits), shape);
  if (dtype === "float32") {
    const values = data instanceof Float32Array ? data : Float32Array.from(data);
    return new runtime.Tensor("float32", values, shape);
  }
  throw new Error(`${dtype} values in a ${data.constructor.name}`);
}

/** ONNX Runtime's tensor on the host as host data; without a copy where the representation is the same. */
export function fromOrt(tensor: OrtTensor): TensorData {
  const dtype = tensor.type as TensorData["dtype"];
  const data = tensor.data as TensorData["data"]; // float16 comes as Uint16Array, or Float16Array where there is one
  if (dtype !== "float16") return { dtype, shape: tensor.dims, data };
  const bits = new Uint16Array(data.buffer, data.byteOffset, data.length);
  return { dtype, shape: tensor.dims, data: Float32Array.from(bits, fromHalfBits) };
}

/** A tensor of zeros on the host. */
export function zeros(runtime: OnnxRuntime, dtype: DType, shape: Shape): OrtTensor {
  const arrays = { float32: Float32Array, float16: Float32Array, int32: Int32Array, bool: Uint8Array };
  return toOrt(runtime, { dtype, shape, data: new arrays[elementTypeOf(dtype)](sizeOf(shape)) });
}

/** What ONNX Runtime says went wrong, in a line and without the place in its sources. */
export function messageOf(cause: unknown): string {
  const [line = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n", 1);
  return line.replace(/^.*? was false\. /, "");
}
