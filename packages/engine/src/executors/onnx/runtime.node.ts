import { BertieError } from "@bertie/common";
import type { OnnxExecutorOptions } from "./onnx-executor.ts";
import type { OnnxRuntime } from "./runtime.ts";
import { openWeb, refuseWeb } from "./web-runtime.ts";

/** ONNX Runtime for Node and Deno: onnxruntime-node, or onnxruntime-web where that is asked for. */
export async function loadRuntime(options: OnnxExecutorOptions): Promise<OnnxRuntime> {
  if (options.runtime === "web") return openWeb(import("onnxruntime-web").catch(refuseWeb), options);
  try {
    const module = await import("onnxruntime-node");
    return module.default ?? module;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n", 1)[0] : String(cause);
    throw new BertieError("engine/unavailable", `ONNX Runtime cannot be loaded: ${reason}`, { cause });
  }
}
