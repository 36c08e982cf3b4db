import { type Batch, BertieError } from "@bertie/common";
import { type Executor, float32 } from "@bertie/engine";
import { batchFeeds, type Classifier } from "./classifier.ts";
import { createCompiledCache } from "./compiled-cache.ts";
import { type EvaluationOptions, traceEvaluation } from "./programs.ts";
import { writeParameters } from "./stepper.ts";

export interface InferenceOptions extends EvaluationOptions {
  /** No batch is longer, in tokens. */
  readonly maxLength: number;
}

/** A classifier that is ready to classify, and whose parameters do not change. */
export interface Inference {
  /** Whether one program with constant parameters serves all batch shapes. Else the executor's state holds the parameters. */
  readonly isFrozen: boolean;
  /**
   * Returns the logits of a batch, `[size, labels]`, row-major.
   *
   * @throws BertieError "classify/not-a-number" when a logit is NaN
   */
  logits(batch: Batch): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/**
 * Prepares a classifier for inference: with its parameters as constants of one program for all batch shapes, where the executor
 * can do that, else with its parameters in the executor's state and a program for each shape.
 *
 * @param values the parameters, by name
 */
export async function prepareInference(
  executor: Executor,
  classifier: Classifier,
  values: ReadonlyMap<string, Float32Array>,
  { maxLength, ...options }: InferenceOptions,
): Promise<Inference> {
  const { precision = "float32" } = options;
  const frozen =
    precision === "float32"
      ? await executor.compileFrozen?.({
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
      const { labelIds: _, ...feeds } = batchFeeds(batch);
      const { logits } = await program.run(feeds);
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

/** The error for an answer that is not a number. */
export function notANumber(): BertieError {
  const text = "the model's answer is NaN: its weights are broken; train it again, with a lower learning rate";
  return new BertieError("classify/not-a-number", text);
}
