import { BertieError } from "@bertie/common";
import type { OnnxExecutorOptions } from "./options.ts";
import type { OnnxRuntime } from "./runtime.ts";
import { openWeb, throwWebUnavailable } from "./web-runtime.ts";

/**
 * Loads ONNX Runtime in browsers. Bundlers replace `runtime.node.ts` with this file (`browser` in package.json). The
 * build with WebGPU is twice as large, so it is loaded only for WebGPU.
 *
 * @throws BertieError "engine/unavailable" if onnxruntime-node is requested or onnxruntime-web cannot be loaded
 */
export async function loadRuntime(options: OnnxExecutorOptions): Promise<OnnxRuntime> {
  if (options.runtime === "node")
    throw new BertieError(
      "engine/unavailable",
      "onnxruntime-node does not run in browsers. Omit the option `runtime`.",
    );
  return options.device === "webgpu"
    ? openWeb(import("onnxruntime-web/webgpu").catch(throwWebUnavailable), options)
    : openWeb(import("onnxruntime-web/wasm").catch(throwWebUnavailable), options);
}
