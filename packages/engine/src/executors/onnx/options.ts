import type { Env } from "onnxruntime-common";
import type { OnnxDevice } from "./lowering-context.ts";
import type { OnnxRuntime } from "./runtime.ts";

/** Options of createOnnxExecutor(). */
export interface OnnxExecutorOptions {
  /**
   * The device: "cpu", "webgpu" for any GPU, or "cuda" for an NVIDIA GPU if onnxruntime-node was installed with CUDA.
   * There is no fallback to another device. With "cuda" the state is kept on the host and copied to the GPU in every
   * run.
   *
   * @default "cpu"
   */
  readonly device?: OnnxDevice;
  /**
   * Index of the GPU, from 0; only with "cuda".
   *
   * @default 0
   */
  readonly gpu?: number;
  /** Lets ONNX Runtime log to stderr, including the placement of nodes. */
  readonly verbose?: boolean;
  /**
   * Number of threads per kernel on the CPU. Default: one per core. For onnxruntime-web the first executor of the
   * program decides; the default there is one thread per two cores, at most four. A page that is not cross-origin
   * isolated (`crossOriginIsolated`) always has a single thread.
   */
  readonly threads?: number;
  /**
   * ONNX Runtime: the package onnxruntime-node ("node"), the default in Node and Deno; the package onnxruntime-web
   * ("web"), which is WebAssembly and the default in browsers; or a module with the same API. onnxruntime-web is an
   * optional peer dependency.
   */
  readonly runtime?: "node" | "web" | OnnxRuntime;
  /**
   * URLs of onnxruntime-web's files `ort-wasm-simd-threaded*` for a page: a folder's URL with a trailing slash, or the
   * URLs of both files. Default: where the bundler put them, as Vite does; with a bundler that does not copy them, such
   * as esbuild, the folder of the script.
   */
  readonly wasmPaths?: Env.WasmPrefixOrFilePaths;
}
