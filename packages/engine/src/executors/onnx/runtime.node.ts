import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { BertieError } from "@bertie/common";
import type { OnnxExecutorOptions } from "./options.ts";
import type { OnnxRuntime } from "./runtime.ts";
import { openWeb, throwWebUnavailable } from "./web-runtime.ts";

/**
 * Loads ONNX Runtime in Node and Deno: onnxruntime-web if requested, otherwise onnxruntime-node.
 *
 * @throws BertieError "engine/unavailable" if the package is not installed, or is installed without the requested CUDA
 */
export async function loadRuntime(options: OnnxExecutorOptions): Promise<OnnxRuntime> {
  if (options.runtime === "web") return openWeb(import("onnxruntime-web").catch(throwWebUnavailable), options);
  if (options.device === "cuda") requireCuda();
  try {
    const module = await import("onnxruntime-node");
    return module.default ?? module;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n", 1)[0] : String(cause);
    const text = `onnxruntime-node cannot be loaded (${reason}). Run \`npm install onnxruntime-node@1.30.0\`, or choose another engine.`;
    throw new BertieError("engine/unavailable", text, { cause });
  }
}

/**
 * Checks that the CUDA library, which is not part of the npm package, is installed. ONNX Runtime's error is too long.
 */
function requireCuda(): void {
  const library = `${process.platform}/${process.arch}/libonnxruntime_providers_cuda.so`;
  const root = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
  if (readdirSync(join(root, "bin")).some((version) => existsSync(join(root, "bin", version, library)))) return;
  const command = `node ${relative(process.cwd(), join(root, "script/install.js"))} --onnxruntime-node-install=cuda12`;
  const text = `onnxruntime-node is installed without CUDA. Run \`${command}\` (Linux on x64 only).`;
  throw new BertieError("engine/unavailable", text);
}
