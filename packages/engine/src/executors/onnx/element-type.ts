import { BertieError } from "@bertie/common";
import type { DType } from "../../dtype.ts";
import type { ElementType } from "./onnx-model.ts";

/**
 * What a dtype is in a model.
 *
 * @throws BertieError "engine/precision" for bfloat16: ONNX has it, but ONNX Runtime's CPU and WebGPU have no kernels for it
 */
export function elementTypeOf(dtype: DType): Exclude<ElementType, "uint8" | "uint32" | "int64"> {
  if (dtype !== "bfloat16") return dtype;
  const text = "ONNX Runtime does not compute in bfloat16: use float32, or another engine";
  throw new BertieError("engine/precision", text);
}
