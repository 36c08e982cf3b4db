import { BertieError } from "@bertie/common";
import type { OnnxRuntime } from "./runtime.ts";

/** ONNX Runtime for Node and Deno. */
export async function loadRuntime(): Promise<OnnxRuntime> {
  try {
    const module = await import("onnxruntime-node");
    return module.default ?? module;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n", 1)[0] : String(cause);
    throw new BertieError("engine/unavailable", `ONNX Runtime cannot be loaded: ${reason}`, { cause });
  }
}
