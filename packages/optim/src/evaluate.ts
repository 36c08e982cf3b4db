import type { Batch, BatchShape, ProblemType } from "@bertie/common";
import type { CompiledProgram, Executor } from "@bertie/engine";
import { batchFeeds, type Classifier } from "./classifier.ts";
import { createCompiledCache } from "./compiled-cache.ts";
import { notANumber } from "./inference.ts";
import { isLabeled, isSingleLabel } from "./loss.ts";
import { type EvaluationOptions, traceEvaluation } from "./programs.ts";

/** The output of a classifier for a batch. */
export interface Classification<B extends Batch = Batch> {
  readonly batch: B;
  /** Logits `[size, labels]`, row-major. */
  readonly logits: Float32Array;
  /** Loss of each row, `[size]`, without class weights. Present only if every row of the batch has a label or targets. */
  readonly losses?: Float32Array;
  /**
   * Predictions. Single-label classification: `[size]`, the label id with the largest logit, and the smallest id if
   * several logits are equal. Multi-label classification: `[size, labels]`, 1 for labels with a probability of at least
   * 0.5, otherwise 0. Regression: empty, because the logits are the predicted values.
   */
  readonly predictions: Int32Array;
}

/** A progress event of {@link evaluate}. Counts are totals so far. */
export type EvaluationEvent =
  | { readonly type: "eval-batch"; readonly batches: number; readonly examples: number }
  | ({ readonly type: "eval-end" } & EvaluationResult);

/** Metrics and predictions of an evaluation. */
export interface EvaluationResult {
  /** Number of examples. */
  readonly examples: number;
  /** Mean loss of all examples: cross-entropy, binary cross-entropy over all labels, or squared error. */
  readonly loss: number;
  /**
   * Fraction of examples that are predicted exactly, in [0, 1]. In multi-label classification, all labels of an example
   * must be predicted correctly. NaN in regression.
   */
  readonly accuracy: number;
  /**
   * Predictions as in {@link Classification}, in the order of the batches: `[examples]`, `[examples, labels]` in
   * multi-label classification, or empty in regression.
   */
  readonly predictions: Int32Array;
  /** True label ids, in the order of the batches, `[examples]`; −1 for examples with targets. */
  readonly labels: Int32Array;
  /**
   * Targets, in the order of the batches, `[examples, labels]`, row-major; absent in single-label classification.
   */
  readonly targets?: Float32Array;
  /** Logits, in the order of the batches, `[examples, labels]`, row-major. */
  readonly logits: Float32Array;
  /** Index of each example in the data set, in the order of the batches, `[examples]`. */
  readonly rows: Int32Array;
}

/** A classifier's compiled programs for evaluation. */
export interface EvaluationPrograms {
  /** Returns the program for a batch shape, with losses if the batch has labels, and compiles it if necessary. */
  get(shape: BatchShape, labeled: boolean): Promise<CompiledProgram>;
  dispose(): Promise<void>;
}

/** Options of {@link classify} and {@link evaluate}. */
export interface ClassifyOptions extends EvaluationOptions {
  /**
   * Compiled programs from {@link prepareEvaluation}. @default programs are compiled when needed and then disposed of
   */
  readonly programs?: EvaluationPrograms;
}

/**
 * Compiles the programs that classify batches of the given shapes. Programs for other shapes are compiled when needed.
 *
 * Some executors compile more slowly after other programs have run, so call this function before training, even if the
 * evaluation follows later.
 *
 * @param executor executor to compile for
 * @param classifier model to evaluate
 * @param shapes expected batch shapes
 * @param labeled whether every row has a label
 *
 * @example
 * ```ts
 * import { createReferenceExecutor, gather, reshape, slice } from "@bertie/engine";
 * import { type Classifier, classify, prepareEvaluation, writeParameters } from "@bertie/optim";
 *
 * // A classifier that looks up the logits of the first token in a table.
 * const classifier: Classifier = {
 *   parameters: [{ name: "table", shape: [2, 2], decay: true }],
 *   logits: (p, { inputIds }) => reshape(gather(p("table"), slice(inputIds, 1, 0, 1)), [inputIds.shape[0]!, 2]),
 * };
 * const executor = createReferenceExecutor();
 * await writeParameters(executor, classifier, new Map([["table", Float32Array.of(0, 1, 3, 2)]]));
 * const programs = await prepareEvaluation(executor, classifier, [{ size: 1, length: 1 }], false);
 * const batch = {
 *   size: 1,
 *   length: 1,
 *   inputIds: Int32Array.of(1),
 *   inputMask: Int32Array.of(1),
 *   segmentIds: Int32Array.of(0),
 *   labelIds: Int32Array.of(-1),
 * };
 * for await (const { logits } of classify(executor, classifier, [batch], { programs })) console.log(logits);
 * // Float32Array [3, 2]
 * await programs.dispose();
 * await executor.dispose();
 * ```
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
 * Classifies batches in order, without dropout, using the parameters in the executor's state.
 *
 * @param executor executor that holds the parameters
 * @param classifier model to run
 * @param batches batches with or without labels
 * @throws BertieError "classify/not-a-number" if a logit is NaN
 *
 * @example
 * ```ts
 * import { createReferenceExecutor, gather, reshape, slice } from "@bertie/engine";
 * import { type Classifier, classify, writeParameters } from "@bertie/optim";
 *
 * // A classifier that looks up the logits of the first token in a table.
 * const classifier: Classifier = {
 *   parameters: [{ name: "table", shape: [2, 2], decay: true }],
 *   logits: (p, { inputIds }) => reshape(gather(p("table"), slice(inputIds, 1, 0, 1)), [inputIds.shape[0]!, 2]),
 * };
 * const executor = createReferenceExecutor();
 * await writeParameters(executor, classifier, new Map([["table", Float32Array.of(0, 1, 3, 2)]]));
 * const batch = {
 *   size: 2,
 *   length: 1,
 *   inputIds: Int32Array.of(0, 1),
 *   inputMask: Int32Array.of(1, 1),
 *   segmentIds: Int32Array.of(0, 0),
 *   labelIds: Int32Array.of(-1, -1),
 * };
 * for await (const { predictions } of classify(executor, classifier, [batch])) console.log(predictions);
 * // Int32Array [1, 0]
 * await executor.dispose();
 * ```
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
      const program = await programs.get(batch, isLabeled(batch, classifier.loss));
      const outputs = await program.run(batchFeeds(batch));
      const logits = Float32Array.from(outputs.logits!.data);
      const predictions = predict(logits, batch.size, classifier.loss?.problemType);
      yield { batch, logits, predictions, ...(outputs.losses && { losses: Float32Array.from(outputs.losses.data) }) };
    }
  } finally {
    if (options.programs === undefined) await programs.dispose();
  }
}

/**
 * Evaluates a classifier on labeled batches. Yields progress events and returns the result.
 *
 * @param executor executor that holds the parameters
 * @param classifier model to evaluate
 * @param batches batches in which every row has a label
 * @throws BertieError "classify/not-a-number" if a logit is NaN
 *
 * @example
 * ```ts
 * import { createReferenceExecutor, gather, reshape, slice } from "@bertie/engine";
 * import { type Classifier, evaluate, writeParameters } from "@bertie/optim";
 *
 * // A classifier that looks up the logits of the first token in a table.
 * const classifier: Classifier = {
 *   parameters: [{ name: "table", shape: [2, 2], decay: true }],
 *   logits: (p, { inputIds }) => reshape(gather(p("table"), slice(inputIds, 1, 0, 1)), [inputIds.shape[0]!, 2]),
 * };
 * const executor = createReferenceExecutor();
 * await writeParameters(executor, classifier, new Map([["table", Float32Array.of(0, 1, 3, 2)]]));
 * const batch = {
 *   size: 2,
 *   length: 1,
 *   inputIds: Int32Array.of(0, 1),
 *   inputMask: Int32Array.of(1, 1),
 *   segmentIds: Int32Array.of(0, 0),
 *   labelIds: Int32Array.of(1, 1),
 * };
 * for await (const event of evaluate(executor, classifier, [batch]))
 *   if (event.type === "eval-end") console.log(event.accuracy); // 0.5
 * await executor.dispose();
 * ```
 */
export async function* evaluate(
  executor: Executor,
  classifier: Classifier,
  batches: Iterable<Batch>,
  options: ClassifyOptions = {},
): AsyncGenerator<EvaluationEvent, EvaluationResult> {
  const predictions: number[] = [];
  const labels: number[] = [];
  const logits: Float32Array[] = [];
  const targets: Float32Array[] = [];
  const rows: number[] = [];
  let totalLoss = 0;
  let count = 0;
  for await (const classified of classify(executor, classifier, batches, options)) {
    const { batch, losses, predictions: predicted } = classified;
    if (losses === undefined) throw new Error("evaluate() requires a label for every row");
    for (const loss of losses) totalLoss += loss;
    predictions.push(...predicted);
    rows.push(...(batch.rows ?? Array.from(batch.labelIds, (_, i) => labels.length + i)));
    labels.push(...batch.labelIds);
    logits.push(classified.logits);
    if (batch.targets !== undefined) targets.push(batch.targets);
    yield { type: "eval-batch", batches: ++count, examples: labels.length };
  }
  const allTargets = targets.length > 0 ? concatenateFloats(targets) : undefined;
  const result = {
    examples: labels.length,
    loss: totalLoss / labels.length,
    accuracy: accuracyOf(predictions, allTargets ?? labels, labels.length),
    predictions: Int32Array.from(predictions),
    labels: Int32Array.from(labels),
    ...(allTargets && { targets: allTargets }),
    logits: concatenateFloats(logits),
    rows: Int32Array.from(rows),
  };
  yield { type: "eval-end", ...result };
  return result;
}

/**
 * Returns the probabilities for logits `[rows, classes]`, in the same shape; in regression, the logits themselves.
 *
 * Applies softmax to each row, or the sigmoid to each logit in multi-label classification and if there is a single
 * class, as Hugging Face's transformers does.
 *
 * @param logits row-major
 * @param rows number of rows, at least 1
 * @param problemType kind of problem; "single_label_classification" by default
 *
 * @example
 * ```ts
 * import { probabilities } from "@bertie/optim";
 *
 * console.log(probabilities(Float32Array.of(0, Math.log(3)), 1)); // Float32Array [0.25, 0.75]
 * console.log(probabilities(Float32Array.of(0, Math.log(3)), 1, "multi_label_classification")); // Float32Array [0.5, 0.75]
 * ```
 */
export function probabilities(logits: Float32Array, rows: number, problemType?: ProblemType): Float32Array {
  const classes = logits.length / rows;
  if (problemType === "regression") return logits;
  if (classes === 1 || problemType === "multi_label_classification")
    return logits.map((logit) => 1 / (1 + Math.exp(-logit)));
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

function concatenateFloats(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    result.set(part, start);
    start += part.length;
  }
  return result;
}

/** Returns the predictions of {@link Classification}. */
function predict(logits: Float32Array, rows: number, problemType: ProblemType | undefined): Int32Array {
  if (isSingleLabel(problemType)) return argMax(logits, rows);
  if (logits.some(Number.isNaN)) throw notANumber();
  return problemType === "regression" ? new Int32Array() : Int32Array.from(logits, (logit) => (logit >= 0 ? 1 : 0));
}

/** Returns the fraction of examples whose predictions are all equal to the truth; NaN if there are no predictions. */
export function accuracyOf(predictions: ArrayLike<number>, truth: ArrayLike<number>, examples: number): number {
  if (predictions.length === 0) return Number.NaN;
  const width = predictions.length / examples;
  const wrong = new Set<number>();
  for (let i = 0; i < predictions.length; i++) if (predictions[i] !== truth[i]) wrong.add(Math.floor(i / width));
  return (examples - wrong.size) / examples;
}

/**
 * Returns the index of the largest score of each row; the first one of equal scores.
 *
 * @param scores scores of the classes, `[rows, classes]`
 * @throws BertieError "classify/not-a-number" if a score is NaN
 *
 * @example
 * ```ts
 * import { argMax } from "@bertie/optim";
 *
 * console.log(argMax(Float32Array.of(0, 1, 3, 2), 2)); // Int32Array(2) [ 1, 0 ]
 * ```
 */
export function argMax(scores: Float32Array, rows: number): Int32Array {
  const classes = scores.length / rows;
  return Int32Array.from({ length: rows }, (_, row) => {
    const ofRow = scores.subarray(row * classes, (row + 1) * classes);
    const best = ofRow.indexOf(ofRow.reduce((a, b) => Math.max(a, b)));
    if (best >= 0) return best;
    throw notANumber();
  });
}
