import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { BertieError } from "@bertie/common";
import type { OnnxExecutorOptions } from "./options.ts";
import type { OnnxRuntime } from "./runtime.ts";
import { openWeb, refuseWeb } from "./web-runtime.ts";

/** ONNX Runtime for Node and Deno: onnxruntime-node, or onnxruntime-web where that is asked for. */
export async function loadRuntime(options: OnnxExecutorOptions): Promise<OnnxRuntime> {
  if (options.runtime === "web") return openWeb(import("onnxruntime-web").catch(refuseWeb), options);
  if (options.device === "cuda") requireCuda();
  try {
    const module = await import("onnxruntime-node");
    return module.default ?? module;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n", 1)[0] : String(cause);
    throw new BertieError("engine/unavailable", `ONNX Runtime cannot be loaded: ${reason}`, { cause });
  }
}

/** That the library for CUDA is there, which the package does not carry: without it ONNX Runtime complains at length. */
function requireCuda(): void {
  const library = `${process.platform}/${process.arch}/libonnxruntime_providers_cuda.so`;
  const root = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
  if (readdirSync(join(root, "bin")).some((version) => existsSync(join(root, "bin", version, library)))) return;
  const command = `node ${relative(process.cwd(), join(root, "script/install.js"))} --onnxruntime-node-install=cuda12`;
  const text = `onnxruntime-node is here without CUDA: \`${command}\` gets it, on Linux on x64`;
  throw new BertieError("engine/unavailable", text);
}
