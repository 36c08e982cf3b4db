import { BertieError } from "@bertie/common";
import type { DType } from "../../dtype.ts";
import type { ElementType } from "./onnx-model.ts";

/**
 * Returns a dtype's element type in an ONNX model.
 *
 * @throws BertieError "engine/precision" for bfloat16, because ONNX Runtime has no bfloat16 kernels for CPU and WebGPU
 */
export function elementTypeOf(dtype: DType): Exclude<ElementType, "uint8" | "int8" | "uint32" | "int64"> {
  if (dtype !== "bfloat16") return dtype;
  const text = "ONNX Runtime does not support bfloat16. Use float32 or another engine.";
  throw new BertieError("engine/precision", text);
}
