import {
  type ChosenPrecision,
  chooseInferencePrecision,
  createExecutor,
  type Executor,
  type ExecutorRequest,
  type InferencePrecision,
  inferenceWith,
  tooLargeForInt8,
} from "@bertie/engine";
import { type Classifier, type Inference, prepareInference } from "@bertie/optim";

/** Options that choose the executor of a model, and how it computes. */
export interface InferenceRequest extends Omit<ExecutorRequest, "measureWebgpu" | "inference"> {
  /** Executor to share with other models; the caller disposes it. @default a new executor for `engine` and `device` */
  readonly executor?: Executor;
  /**
   * Precision of matrix multiplications: "fp32", "bf16", "fp16", or "int8", which takes a third of the time on CPUs and changes
   * the scores slightly. "int8" needs ONNX Runtime on a CPU.
   *
   * @default "fp32"
   */
  readonly precision?: InferencePrecision | undefined;
  /** Signal that cancels loading. */
  readonly signal?: AbortSignal;
}

/** Model that is prepared for inference, and its executor. */
export interface OpenInference {
  readonly executor: Executor;
  /** Whether the executor was created for this model, and is disposed together with the model. */
  readonly ownsExecutor: boolean;
  readonly precision: ChosenPrecision<InferencePrecision>;
  readonly inference: Inference;
  /** Notes about how the model computes, one line per note. */
  readonly notes: readonly string[];
}

/**
 * Prepares a model for inference on the executor that the options choose.
 *
 * @param values parameter values by name, row-major
 * @param maxLength maximum number of tokens per row
 */
export async function openInference(
  options: InferenceRequest,
  model: Classifier,
  values: ReadonlyMap<string, Float32Array>,
  maxLength: number,
): Promise<OpenInference> {
  const { signal } = options;
  const executor = options.executor ?? (await createExecutor({ ...options, inference: inferenceWith(options) }));
  const ownsExecutor = options.executor === undefined;
  try {
    const precision = chooseInferencePrecision({ precision: options.precision }, executor);
    const quantized = precision.name === "int8";
    const settings = { precision: precision.type, maxLength, quantized };
    const inference = await prepareInference(executor, model, values, settings);
    if (signal?.aborted || (quantized && !inference.isFrozen)) {
      await inference.dispose();
      signal?.throwIfAborted();
      throw tooLargeForInt8();
    }
    return { executor, ownsExecutor, precision, inference, notes: quantized ? [INT8_NOTE] : [] };
  } catch (error) {
    if (ownsExecutor) await executor.dispose();
    throw error;
  }
}

const INT8_NOTE = "int8: computes with 8-bit weights, so scores differ slightly from fp32";
