import type { OnnxDevice } from "./lowering-context.ts";

/** A module with ONNX Runtime's JavaScript API, such as onnxruntime-node or onnxruntime-web. */
export interface OnnxModule {
  readonly InferenceSession: { create(model: Uint8Array, options?: object): Promise<object> };
  readonly Tensor: abstract new (...parameters: never[]) => object;
  readonly env?: object;
}

/** The options of createOnnxExecutor(). */
export interface OnnxExecutorOptions {
  /**
   * The device: "cpu", "webgpu" for any GPU, or "cuda" for an NVIDIA GPU if onnxruntime-node was installed with CUDA.
   * Other devices are not tried. With "cuda", the state is kept on the host and copied to the GPU in every run.
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
  /** Whether ONNX Runtime logs to stderr, including the device of each node. */
  readonly verbose?: boolean;
  /**
   * Number of threads per kernel on the CPU. Default: one per core. With onnxruntime-web, the first executor of the
   * JavaScript program sets the number for all executors, and the default is one thread per two cores, at most four. A
   * page that is not cross-origin isolated (`crossOriginIsolated`) always uses a single thread.
   */
  readonly threads?: number;
  /**
   * ONNX Runtime: the package onnxruntime-node ("node"), the default in Node and Deno; the package onnxruntime-web
   * ("web"), which is compiled to WebAssembly and the default in browsers; or a module with the same API.
   * onnxruntime-web is an optional peer dependency.
   */
  readonly runtime?: "node" | "web" | OnnxModule;
  /**
   * URLs of onnxruntime-web's files `ort-wasm-simd-threaded*` for a page: a folder's URL with a trailing slash, or the
   * URLs of both files. Default: the location to which the bundler (such as Vite) copies the files, or the folder of
   * the script if the bundler (such as esbuild) does not copy them.
   */
  readonly wasmPaths?: string | { wasm?: string | URL; mjs?: string | URL };
}
