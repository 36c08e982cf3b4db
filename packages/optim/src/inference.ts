import { type Batch, BertieError } from "@bertie/common";
import { type Executor, float32 } from "@bertie/engine";
import { type Classifier, inputFeeds } from "./classifier.ts";
import { createCompiledCache } from "./compiled-cache.ts";
import { type EvaluationOptions, traceEvaluation } from "./programs.ts";
import { writeParameters } from "./stepper.ts";

/** Options of {@link prepareInference}. */
export interface InferenceOptions extends EvaluationOptions {
  /** Maximum number of tokens per row. */
  readonly maxLength: number;
  /** Whether to multiply by the parameters in 8 bits if a single program runs all batch shapes. @default false */
  readonly quantized?: boolean;
}

/** A classifier with fixed parameters, prepared for classification. */
export interface Inference {
  /**
   * Whether a single program with constant parameters is used for all batch shapes. Otherwise the parameters are in the
   * executor's state, and one program is compiled per batch shape.
   */
  readonly isFrozen: boolean;
  /**
   * Returns the logits of a batch, `[size, labels]`, row-major. Labels are ignored.
   *
   * @throws BertieError "classify/not-a-number" if a logit is NaN
   */
  logits(batch: Omit<Batch, "labelIds">): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/**
 * Prepares a classifier for inference.
 *
 * If the executor supports constant parameters, compiles a single program for all batch shapes.
 * Otherwise, writes the parameters into the executor's state and compiles a program for each batch shape.
 *
 * @param executor executor to run on
 * @param classifier model to run
 * @param values parameter values by name, row-major
 *
 * @example
 * ```ts
 * import { createReferenceExecutor, gather, reshape, slice } from "@bertie/engine";
 * import { type Classifier, prepareInference } from "@bertie/optim";
 *
 * // A classifier that looks up the logits of the first token in a table.
 * const classifier: Classifier = {
 *   parameters: [{ name: "table", shape: [2, 2], decay: true }],
 *   logits: (p, { inputIds }) => reshape(gather(p("table"), slice(inputIds, 1, 0, 1)), [inputIds.shape[0]!, 2]),
 * };
 * const executor = createReferenceExecutor();
 * const values = new Map([["table", Float32Array.of(0, 1, 3, 2)]]);
 * const inference = await prepareInference(executor, classifier, values, { maxLength: 128 });
 * const logits = await inference.logits({
 *   size: 1,
 *   length: 1,
 *   inputIds: Int32Array.of(1),
 *   inputMask: Int32Array.of(1),
 *   segmentIds: Int32Array.of(0),
 * });
 * console.log(logits); // Float32Array [3, 2]
 * await inference.dispose();
 * await executor.dispose();
 * ```
 */
export async function prepareInference(
  executor: Executor,
  classifier: Classifier,
  values: ReadonlyMap<string, Float32Array>,
  { maxLength, quantized = false, ...options }: InferenceOptions,
): Promise<Inference> {
  const { precision = "float32" } = options;
  const frozen =
    precision === "float32"
      ? await executor.compileFrozen?.({
          quantized,
          dimensions: { size: Number.MAX_SAFE_INTEGER, length: maxLength },
          trace: ({ size, length }) => traceEvaluation(classifier, { size: size!, length: length! }, false, options),
          state: new Map(classifier.parameters.map(({ name, shape }) => [name, float32(values.get(name)!, shape)])),
        })
      : undefined;
  if (frozen === undefined) await writeParameters(executor, classifier, values);
  const programs = createCompiledCache(executor, (shape) => traceEvaluation(classifier, shape, false, options));
  return {
    isFrozen: frozen !== undefined,
    async logits(batch) {
      const program = frozen ?? (await programs.get(batch));
      const { logits } = await program.run(inputFeeds(batch));
      const values = Float32Array.from(logits!.data);
      if (values.some(Number.isNaN)) throw notANumber();
      return values;
    },
    async dispose() {
      await frozen?.dispose();
      await programs.dispose();
    },
  };
}

/** Returns the error for logits that are NaN. */
export function notANumber(): BertieError {
  const text =
    "the model's logits are NaN, so its weights are unusable. Train the model again with a lower learning rate.";
  return new BertieError("classify/not-a-number", text);
}
