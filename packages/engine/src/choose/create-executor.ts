import { BertieError } from "@bertie/common";
import { scalar } from "../dtype.ts";
import type { Executor } from "../executor.ts";
import { createOnnxExecutor } from "../executors/onnx/onnx-executor.ts";
import type { OnnxExecutorOptions } from "../executors/onnx/options.ts";
import { createReferenceExecutor } from "../executors/reference/reference-executor.ts";
import { createTensorflowExecutor } from "../executors/tensorflow/tensorflow-executor.ts";
import { add } from "../ops/elementwise.ts";
import { trace } from "../trace.ts";
import { checkEngine, type EngineName, type EngineRequest } from "./check-engine.ts";
import { noInt8 } from "./precision.ts";

/** The options of createExecutor(). */
export interface ExecutorRequest extends EngineRequest {
  /** Number of threads per kernel on the CPU. Default: depends on the engine, usually one per core. */
  readonly threads?: number | undefined;
  /** Whether the engine logs to stderr. Only ONNX Runtime supports this. */
  readonly verbose?: boolean | undefined;
  /**
   * Measures whether training is faster on a GPU through WebGPU than with an engine on the CPU, and returns undefined
   * if no GPU is available. Called only if engine and device are "auto". Without this function, "auto" does not use
   * WebGPU.
   */
  readonly measureWebgpu?: ((onCpu: EngineOnCpu) => Promise<GpuVerdict | undefined>) | undefined;
  /**
   * Whether programs only read their weights, as in prediction. With "auto" as engine, ONNX Runtime then takes precedence over
   * TensorFlow on the CPU: it compiles one program for all batch shapes, with the weights as constants. "int8" also rules out
   * GPUs, for which no 8-bit programs exist.
   *
   * @default false
   */
  readonly inference?: boolean | "int8" | undefined;
  /** Logs the result of `measureWebgpu`, a single line. */
  readonly log?: ((text: string) => void) | undefined;
  /** ONNX Runtime package or module, for the engine "onnx": see OnnxExecutorOptions. */
  readonly runtime?: OnnxExecutorOptions["runtime"] | undefined;
  /** URLs of onnxruntime-web's files: see OnnxExecutorOptions. */
  readonly wasmPaths?: OnnxExecutorOptions["wasmPaths"] | undefined;
}

/** An engine that runs on the CPU. */
export interface EngineOnCpu {
  readonly engine: EngineName;
  readonly device: "cpu";
}

/** The result of a speed comparison between a GPU and the CPU. */
export interface GpuVerdict {
  /** Whether the GPU is faster. */
  readonly faster: boolean;
  /** The measurements and the conclusion in one line, for the log. */
  readonly text: string;
}

/**
 * Creates an executor of the requested engine on the requested device. If the request names an engine or a device, no
 * other one is tried.
 *
 * With "auto" as engine and device, it uses an NVIDIA GPU if TensorFlow is installed and finds one; else a GPU through
 * WebGPU if `measureWebgpu` finds it faster; else TensorFlow, ONNX Runtime or the reference engine on the CPU,
 * whichever is available first; with `inference`, ONNX Runtime comes before TensorFlow. An engine's native library is loaded
 * only if the engine is named or tried for "auto".
 *
 * @throws BertieError "engine/device" if the engine does not run on the device or the device does not work,
 * "engine/precision" if the engine or the device does not support int8, "engine/unavailable" if the engine is not installed, "engine/threads" if it already runs with another number of
 * threads
 * @example
 * ```ts
 * import { createExecutor } from "@bertie/engine";
 *
 * const executor = await createExecutor({ engine: "onnx", device: "cpu", threads: 2 });
 * console.log(executor.engine, executor.device, executor.precisions); // onnx cpu [ "float32" ]
 * await executor.dispose();
 * ```
 */
export async function createExecutor(request: ExecutorRequest = {}): Promise<Executor> {
  const { engine, device, gpu } = checkEngine(request);
  const { threads, verbose, runtime, wasmPaths, measureWebgpu, inference = false, log } = request;
  const options = { ...(threads !== undefined && { threads }), ...(gpu !== undefined && { gpu }) };
  const onnxOptions: OnnxExecutorOptions = {
    ...options,
    ...(verbose && { verbose }),
    ...(wasmPaths !== undefined && { wasmPaths }),
    ...(runtime !== undefined && { runtime }),
  };
  const hasInt8 = device !== "webgpu" && device !== "cuda" && engine !== "tensorflow" && engine !== "reference";
  if (inference === "int8" && !hasInt8) throw noInt8({ engine, device });
  if (device === "webgpu") return createTestedOnnxExecutor({ ...onnxOptions, device });
  if (device === "cuda") {
    if (engine === "onnx") return createTestedOnnxExecutor({ ...onnxOptions, device });
    const onTensorflow = createTensorflowExecutor({ ...options, device });
    return engine === "tensorflow" ? onTensorflow : fallBackToOnnxOnCuda(onTensorflow, onnxOptions);
  }
  switch (engine) {
    case "reference":
      return createReferenceExecutor();
    case "tensorflow":
      return createTensorflowExecutor({ ...options, device });
    case "onnx":
      return createOnnxExecutor(onnxOptions);
    case "onnx-web":
      return createOnnxExecutor({ ...onnxOptions, runtime: typeof runtime === "object" ? runtime : "web" });
  }
  const onTensorflow = (device: "cpu" | "cuda" | "auto", missing?: "engine/device") =>
    undefinedIfUnavailable(createTensorflowExecutor({ ...options, device }), missing);
  const onOnnx = () => undefinedIfUnavailable(createOnnxExecutor(onnxOptions));
  // Ordered by speed; the last one is always available.
  const onGpu = inference === true && device === "auto" ? await onTensorflow("cuda", "engine/device") : undefined;
  const executor =
    onGpu ??
    (inference ? await onOnnx() : undefined) ??
    (await onTensorflow(inference === "int8" ? "cpu" : device)) ??
    (inference ? undefined : await onOnnx()) ??
    createReferenceExecutor();
  if (inference === "int8" || device === "cpu" || executor.device !== "cpu" || measureWebgpu === undefined)
    return executor;
  const verdict = await disposeOnFailure(
    executor,
    measureWebgpu({ engine: executor.engine as EngineName, device: "cpu" }),
  );
  if (verdict !== undefined) log?.(verdict.text);
  if (!verdict?.faster) return executor;
  await executor.dispose();
  return createTestedOnnxExecutor({ ...onnxOptions, device: "webgpu" });
}

/**
 * Creates a second executor, on the CPU, for the optimizer of a run on a GPU. If the request names TensorFlow, which
 * supports only one device per process, ONNX Runtime is used instead.
 *
 * @throws BertieError like {@link createExecutor}
 * @example
 * ```ts
 * import { createCpuExecutor } from "@bertie/engine";
 *
 * const executor = await createCpuExecutor({ engine: "onnx", device: "webgpu" });
 * console.log(executor.device); // cpu
 * await executor.dispose();
 * ```
 */
export function createCpuExecutor({ engine, ...request }: ExecutorRequest): Promise<Executor> {
  return createExecutor({ ...request, engine: engine === "tensorflow" ? "onnx" : engine, device: "cpu" });
}

/** Returns the executor of TensorFlow, which keeps weights on the GPU, or of ONNX Runtime if TensorFlow fails. */
async function fallBackToOnnxOnCuda(onTensorflow: Promise<Executor>, options: OnnxExecutorOptions): Promise<Executor> {
  try {
    return await onTensorflow;
  } catch (error) {
    if (!(error instanceof BertieError)) throw error;
    // TensorFlow is the recommended engine for CUDA, so its error is the one to report.
    return createTestedOnnxExecutor({ ...options, device: "cuda" }).catch(() => {
      throw error;
    });
  }
}

/** Creates an executor and runs a small program, because ONNX Runtime reports a broken device only in a run. */
async function createTestedOnnxExecutor(options: OnnxExecutorOptions): Promise<Executor> {
  const executor = await createOnnxExecutor(options);
  const test = async () => {
    const program = trace(({ feed }) => ({ outputs: { y: add(feed("x", "float32", []), 1) } }));
    const compiled = await executor.compile(program);
    await compiled.run({ x: scalar(1) });
    await compiled.dispose();
  };
  await disposeOnFailure(executor, test());
  return executor;
}

/** Waits for a promise, and disposes of the executor if the promise is rejected. */
async function disposeOnFailure<T>(executor: Executor, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    await executor.dispose();
    throw error;
  }
}

/** @param missing further code of errors that mean that the executor is not available */
async function undefinedIfUnavailable(executor: Promise<Executor>, missing?: string): Promise<Executor | undefined> {
  try {
    return await executor;
  } catch (error) {
    if (error instanceof BertieError && (error.code === "engine/unavailable" || error.code === missing))
      return undefined;
    throw error;
  }
}
