import type { Batch, BatchShape } from "@bertie/common";
import type { CompiledProgram, Executor } from "@bertie/engine";
import { batchFeeds, type Classifier } from "./classifier.ts";
import { createCompiledCache } from "./compiled-cache.ts";
import { notANumber } from "./inference.ts";
import { type EvaluationOptions, traceEvaluation } from "./programs.ts";

/** The classifier's answer to a batch. */
export interface Classification<B extends Batch = Batch> {
  readonly batch: B;
  /** [size, labels], row-major. */
  readonly logits: Float32Array;
  /** [size]; only where every example of the batch has a label. */
  readonly losses?: Float32Array;
  /** The arg-max of each row of the logits; the first of equals. */
  readonly predictions: Int32Array;
}

export type EvaluationEvent =
  | { readonly type: "eval-batch"; readonly batches: number; readonly examples: number }
  | ({ readonly type: "eval-end" } & EvaluationResult);

export interface EvaluationResult {
  readonly examples: number;
  /** The mean of the examples. */
  readonly loss: number;
  /** The part of the examples whose label has the largest logit. */
  readonly accuracy: number;
  /** Predicted label ids, in the order of the batches' rows. */
  readonly predictions: Int32Array;
  readonly labels: Int32Array;
}

/** A classifier's compiled programs for evaluation. */
export interface EvaluationPrograms {
  get(shape: BatchShape, labeled: boolean): Promise<CompiledProgram>;
  dispose(): Promise<void>;
}

export interface ClassifyOptions extends EvaluationOptions {
  /** Programs that are there already, of {@link prepareEvaluation}. Default: they are compiled for the batches that come. */
  readonly programs?: EvaluationPrograms;
}

/**
 * Compiles the programs that classify batches of these shapes; others are compiled when they come. An executor may be
 * slow to take programs once it has run some: before training is the time to prepare the evaluation that follows it.
 *
 * @param labeled whether the batches have labels
 */
export async function prepareEvaluation(
  executor: Executor,
  classifier: Classifier,
  shapes: readonly BatchShape[],
  labeled: boolean,
  options: EvaluationOptions = {},
): Promise<EvaluationPrograms> {
  const programs = createEvaluationPrograms(executor, classifier, options);
  for (const shape of shapes) await programs.get(shape, labeled);
  return programs;
}

function createEvaluationPrograms(
  executor: Executor,
  classifier: Classifier,
  options: EvaluationOptions,
): EvaluationPrograms {
  const labeled = createCompiledCache(executor, (shape) => traceEvaluation(classifier, shape, true, options));
  const unlabeled = createCompiledCache(executor, (shape) => traceEvaluation(classifier, shape, false, options));
  return {
    get: (shape, hasLabels) => (hasLabels ? labeled : unlabeled).get(shape),
    async dispose() {
      await labeled.dispose();
      await unlabeled.dispose();
    },
  };
}

/**
 * Classifies batches in order, without dropout, with the parameters that stand in the executor.
 *
 * @throws BertieError "classify/not-a-number" when a logit is NaN
 */
export async function* classify<B extends Batch>(
  executor: Executor,
  classifier: Classifier,
  batches: Iterable<B>,
  options: ClassifyOptions = {},
): AsyncGenerator<Classification<B>> {
  const programs = options.programs ?? createEvaluationPrograms(executor, classifier, options);
  try {
    for (const batch of batches) {
      const hasLabels = batch.labelIds.every((label) => label >= 0);
      const program = await programs.get(batch, hasLabels);
      const outputs = await program.run(batchFeeds(batch));
      const logits = Float32Array.from(outputs.logits!.data);
      const predictions = argMax(logits, batch.size);
      yield { batch, logits, predictions, ...(outputs.losses && { losses: Float32Array.from(outputs.losses.data) }) };
    }
  } finally {
    if (options.programs === undefined) await programs.dispose();
  }
}

/** Evaluates a classifier on labelled batches, whose every row has a label. */
export async function* evaluate(
  executor: Executor,
  classifier: Classifier,
  batches: Iterable<Batch>,
  options: ClassifyOptions = {},
): AsyncGenerator<EvaluationEvent, EvaluationResult> {
  const predictions: number[] = [];
  const labels: number[] = [];
  let totalLoss = 0;
  let count = 0;
  for await (const { batch, losses, predictions: predicted } of classify(executor, classifier, batches, options)) {
    if (losses === undefined) throw new Error("evaluation needs labels");
    for (const loss of losses) totalLoss += loss;
    predictions.push(...predicted);
    labels.push(...batch.labelIds);
    yield { type: "eval-batch", batches: ++count, examples: labels.length };
  }
  const right = predictions.filter((prediction, i) => prediction === labels[i]).length;
  const result = {
    examples: labels.length,
    loss: totalLoss / labels.length,
    accuracy: right / labels.length,
    predictions: Int32Array.from(predictions),
    labels: Int32Array.from(labels),
  };
  yield { type: "eval-end", ...result };
  return result;
}

/**
 * Returns the probabilities for logits `[rows, classes]`, in the same shape: the softmax of each row, or with a single class
 * its sigmoid, as transformers does.
 */
export function probabilities(logits: Float32Array, rows: number): Float32Array {
  const classes = logits.length / rows;
  if (classes === 1) return logits.map((logit) => 1 / (1 + Math.exp(-logit)));
  const result = new Float32Array(logits.length);
  for (let row = 0; row < rows; row++) {
    const scores = logits.subarray(row * classes, (row + 1) * classes);
    const largest = scores.reduce((a, b) => Math.max(a, b));
    const weights = Array.from(scores, (score) => Math.exp(score - largest));
    const total = weights.reduce((a, b) => a + b);
    weights.forEach((weight, i) => {
      result[row * classes + i] = weight / total;
    });
  }
  return result;
}

function argMax(logits: Float32Array, rows: number): Int32Array {
  const classes = logits.length / rows;
  return Int32Array.from({ length: rows }, (_, row) => {
    const scores = logits.subarray(row * classes, (row + 1) * classes);
    const best = scores.indexOf(scores.reduce((a, b) => Math.max(a, b)));
    if (best >= 0) return best;
    throw notANumber();
  });
}
