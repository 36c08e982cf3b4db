import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from "onnxruntime-common";
import type { TensorData } from "../../dtype.ts";
import { type Shape, sizeOf } from "../../shape.ts";

/** What is used of ONNX Runtime's JavaScript API; onnxruntime-node has it, and onnxruntime-web. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
}

/** Host data as ONNX Runtime's tensor, without a copy. */
export function toOrt(runtime: OnnxRuntime, { dtype, shape, data }: TensorData): OrtTensor {
  if (dtype === "int32" && data instanceof Int32Array) return new runtime.Tensor("int32", data, shape);
  if (dtype === "bool" && data instanceof Uint8Array) return new runtime.Tensor("bool", data, shape);
  if (dtype === "float32") {
    const values = data instanceof Float32Array ? data : Float32Array.from(data);
    return new runtime.Tensor("float32", values, shape);
  }
  throw new Error(`${dtype} tensors do not cross to ONNX Runtime`);
}

/** A tensor of zeros on the host. */
export function zeros(runtime: OnnxRuntime, dtype: TensorData["dtype"], shape: Shape): OrtTensor {
  const size = sizeOf(shape);
  const data =
    dtype === "int32" ? new Int32Array(size) : dtype === "bool" ? new Uint8Array(size) : new Float32Array(size);
  return toOrt(runtime, { dtype, shape, data });
}

/** The first line of what ONNX Runtime says. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.split("\n", 1)[0]! : String(cause);
}
