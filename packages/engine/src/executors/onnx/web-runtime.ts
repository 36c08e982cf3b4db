import { BertieError } from "@bertie/common";
import type { Env } from "onnxruntime-common";
import type { OnnxExecutorOptions } from "./options.ts";
import type { OnnxRuntime } from "./runtime.ts";

/**
 * The package onnxruntime-web: ONNX Runtime in WebAssembly. A JavaScript program has one instance, created with its
 * first session.
 */
type OnnxWeb = OnnxRuntime & { readonly env: Env };

const configured = new WeakSet<Env>();

/**
 * Configures onnxruntime-web.
 *
 * @param loading promise of the imported package
 * @throws BertieError "engine/threads" if onnxruntime-web already runs with another number of threads
 */
export async function openWeb(
  loading: Promise<OnnxWeb>,
  { threads, wasmPaths }: OnnxExecutorOptions,
): Promise<OnnxRuntime> {
  const runtime = await loading;
  const { wasm } = runtime.env;
  // Threads need shared memory, which a page has only if it is cross-origin isolated.
  const numThreads = "SharedArrayBuffer" in globalThis ? threads : 1;
  if (configured.has(runtime.env)) {
    if (numThreads !== undefined && numThreads !== wasm.numThreads) {
      const text = `onnxruntime-web already runs with ${wasm.numThreads} threads. Start another process or page to use ${numThreads}.`;
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
 * Reports that onnxruntime-web cannot be imported. Pass this function to the `catch()` of an `import()`, so that
 * esbuild recognizes the import as optional.
 *
 * @throws BertieError "engine/unavailable"
 */
export function throwWebUnavailable(cause: unknown): never {
  const text = "the optional package onnxruntime-web cannot be loaded. Run `npm install onnxruntime-web@1.30.0`.";
  throw new BertieError("engine/unavailable", text, { cause });
}

/**
 * Returns whether a runtime is onnxruntime-web, which silently ignores buffers for outputs instead of writing into
 * them.
 */
export function isWeb(runtime: OnnxRuntime): boolean {
  return runtime.env?.versions.web !== undefined;
}
