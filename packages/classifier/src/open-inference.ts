import {
  choosePrecision,
  createExecutor,
  type Executor,
  type ExecutorRequest,
  type PrecisionName,
} from "@bertie/engine";
import { type Classifier, type Inference, prepareInference } from "@bertie/optim";

/** Options that choose the executor of a model, and how it computes. */
export interface InferenceRequest extends Omit<ExecutorRequest, "measureWebgpu"> {
  /** Executor to share with other models; the caller disposes it. @default a new executor for `engine` and `device` */
  readonly executor?: Executor;
  /** Precision of matrix multiplications: "fp32", "bf16" or "fp16". @default "fp32" */
  readonly precision?: PrecisionName;
  /** Signal that cancels loading. */
  readonly signal?: AbortSignal;
}

/** Model that is prepared for inference, and its executor. */
export interface OpenInference {
  readonly executor: Executor;
  /** Whether the executor was created for this model, and is disposed together with the model. */
  readonly ownsExecutor: boolean;
  readonly precision: ReturnType<typeof choosePrecision>;
  readonly inference: Inference;
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
  const executor = options.executor ?? (await createExecutor(options));
  const ownsExecutor = options.executor === undefined;
  try {
    const precision = choosePrecision({ precision: options.precision }, executor);
    const inference = await prepareInference(executor, model, values, { precision: precision.type, maxLength });
    if (signal?.aborted) {
      await inference.dispose();
      signal.throwIfAborted();
    }
    return { executor, ownsExecutor, precision, inference };
  } catch (error) {
    if (ownsExecutor) await executor.dispose();
    throw error;
  }
}
