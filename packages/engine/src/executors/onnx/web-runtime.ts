import { BertieError } from "@bertie/common";
import type { Env } from "onnxruntime-common";
import type { OnnxExecutorOptions } from "./options.ts";
import type { OnnxRuntime } from "./runtime.ts";

/** The package onnxruntime-web: ONNX Runtime in WebAssembly, of which a program has one instance, made with its first session. */
type OnnxWeb = OnnxRuntime & { readonly env: Env };

const configured = new WeakSet<Env>();

/**
 * onnxruntime-web with its settings.
 *
 * @param loading the build of it that is wanted
 * @throws BertieError "engine/threads" if it runs already, with another number of threads
 */
export async function openWeb(
  loading: Promise<OnnxWeb>,
  { threads, wasmPaths }: OnnxExecutorOptions,
): Promise<OnnxRuntime> {
  const runtime = await loading;
  const { wasm } = runtime.env;
  // Threads share memory, which a page may do only where it is cross-origin isolated.
  const numThreads = "SharedArrayBuffer" in globalThis ? threads : 1;
  if (configured.has(runtime.env)) {
    if (numThreads !== undefined && numThreads !== wasm.numThreads) {
      const text = `onnxruntime-web runs with ${wasm.numThreads} threads in this program: for ${numThreads}, start another`;
      throw new BertieError("engine/threads", text);
    }
    return runtime;
  }
  if (numThreads !== undefined) wasm.numThreads = numThreads;
  if (wasmPaths !== undefined) wasm.wasmPaths = wasmPaths;
  configured.add(runtime.env);
  return runtime;
}

/**
 * What to do where onnxruntime-web cannot be imported. It stands right behind the `import(…)`, where esbuild sees that
 * there may be nothing to import.
 *
 * @throws BertieError "engine/unavailable"
 */
export function refuseWeb(cause: unknown): never {
  const text = "onnxruntime-web is an optional part, and cannot be loaded: `npm install onnxruntime-web@1.30.0`";
  throw new BertieError("engine/unavailable", text, { cause });
}

/** Whether this is onnxruntime-web, which cannot write into buffers of ours: it says nothing, and leaves them as they are. */
export function isWeb(runtime: OnnxRuntime): boolean {
  return runtime.env?.versions.web !== undefined;
}
