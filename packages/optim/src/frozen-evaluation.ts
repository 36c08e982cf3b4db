import { type Executor, float32 } from "@bertie/engine";
import type { Classifier } from "./classifier.ts";
import type { EvaluationPrograms } from "./evaluate.ts";
import { traceEvaluation } from "./programs.ts";

/** Options of {@link prepareFrozenEvaluation}. */
export interface FrozenEvaluationOptions {
  /** Maximum number of tokens per row. */
  readonly maxLength: number;
  /** Whether every row has a label. */
  readonly labeled: boolean;
  /** Whether to multiply by the parameters in 8 bits. @default false */
  readonly quantized?: boolean;
}

/**
 * Compiles one program for evaluation that has the parameters as constants and runs all batch shapes. A batch takes a
 * quarter less time than with parameters in the executor's state.
 *
 * @param executor executor to run on
 * @param classifier model to evaluate
 * @param values parameter values by name, row-major
 * @returns undefined if the executor does not support constant parameters, or if the parameters are too large
 *
 * @example
 * ```ts
 * import { createReferenceExecutor } from "@bertie/engine";
 * import { prepareFrozenEvaluation } from "@bertie/optim";
 *
 * const executor = createReferenceExecutor(); // does not support constant parameters
 * const classifier = { parameters: [], logits: () => { throw new Error("not called"); } };
 * const options = { maxLength: 128, labeled: true };
 * console.log(await prepareFrozenEvaluation(executor, classifier, new Map(), options)); // undefined
 * ```
 */
export async function prepareFrozenEvaluation(
  executor: Executor,
  classifier: Classifier,
  values: ReadonlyMap<string, Float32Array>,
  { maxLength, labeled, quantized = false }: FrozenEvaluationOptions,
): Promise<EvaluationPrograms | undefined> {
  const program = await executor.compileFrozen?.({
    quantized,
    dimensions: { size: Number.MAX_SAFE_INTEGER, length: maxLength },
    trace: ({ size, length }) => traceEvaluation(classifier, { size: size!, length: length! }, labeled),
    state: new Map(classifier.parameters.map(({ name, shape }) => [name, float32(values.get(name)!, shape)])),
  });
  return program && { get: async () => program, dispose: () => program.dispose() };
}
