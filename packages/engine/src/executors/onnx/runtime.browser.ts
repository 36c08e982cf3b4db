import { BertieError } from "@bertie/common";
import type { OnnxExecutorOptions } from "./options.ts";
import type { OnnxRuntime } from "./runtime.ts";
import { openWeb, refuseWeb } from "./web-runtime.ts";

/**
 * ONNX Runtime for browsers, where bundlers put this file in the place of `runtime.node.ts` (`browser` in package.json):
 * the build with WebGPU is twice as large, and loaded only for it.
 */
export async function loadRuntime(options: OnnxExecutorOptions): Promise<OnnxRuntime> {
  if (options.runtime === "node")
    throw new BertieError("engine/unavailable", "onnxruntime-node does not run in browsers: leave out `runtime`");
  return options.device === "webgpu"
    ? openWeb(import("onnxruntime-web/webgpu").catch(refuseWeb), options)
    : openWeb(import("onnxruntime-web/wasm").catch(refuseWeb), options);
}
