import type { ProblemType } from "@bertie/common";
import { accuracyOf, argMax, type EvaluationResult, probabilities } from "./evaluate.ts";

/** Smallest probability that is distinguished from 0, so that logits stay finite. */
const SMALLEST = 1e-12;

/**
 * Averages the outputs of rows that belong to the same text, such as windows of a long text. Probabilities are averaged, and
 * values in regression. The result contains logits with these probabilities: log p for a softmax, log(p / (1 − p)) for a
 * sigmoid.
 *
 * @param logits `[rows, labels]`, row-major
 * @param texts `[rows]`: index of the text of each row
 * @returns logits `[texts, labels]`, with texts in the order of their first rows
 * @example
 * ```ts
 * import { averageLogits, probabilities } from "@bertie/optim";
 *
 * const logits = averageLogits(Float32Array.of(0, 0, 0, Math.log(3)), [7, 7]);
 * console.log(logits.texts, probabilities(logits.values, 1)); // [ 7 ] Float32Array [ 0.375, 0.625 ]
 * ```
 */
export function averageLogits(
  logits: Float32Array,
  texts: ArrayLike<number>,
  problemType?: ProblemType,
): { readonly texts: readonly number[]; readonly values: Float32Array } {
  const classes = logits.length / texts.length;
  const scores = probabilities(logits, texts.length, problemType);
  const sums = new Map<number, { readonly total: Float64Array; count: number }>();
  for (let row = 0; row < texts.length; row++) {
    const sum = sums.get(texts[row]!) ?? { total: new Float64Array(classes), count: 0 };
    for (let i = 0; i < classes; i++) sum.total[i]! += scores[row * classes + i]!;
    sum.count++;
    sums.set(texts[row]!, sum);
  }
  const values = new Float32Array(sums.size * classes);
  let next = 0;
  for (const { total, count } of sums.values())
    for (const sum of total) values[next++] = toLogit(sum / count, classes, problemType);
  return { texts: [...sums.keys()], values };
}

function toLogit(mean: number, classes: number, problemType: ProblemType | undefined): number {
  if (problemType === "regression") return mean;
  const p = Math.min(Math.max(mean, SMALLEST), 1);
  const usesSigmoid = classes === 1 || problemType === "multi_label_classification";
  return usesSigmoid ? Math.log(p / Math.max(1 - p, SMALLEST)) : Math.log(p);
}

/**
 * Averages the windows of long texts in the result of an evaluation, see {@link averageLogits}. Loss, accuracy and
 * predictions are those of the averaged outputs.
 *
 * @param textOf returns the index of the text that a row belongs to
 * @returns the result per text; `rows` contains the indices of the texts
 * @example
 * ```ts
 * import { averageWindows } from "@bertie/optim";
 *
 * // Two windows of text 0, then text 1.
 * const labels = Int32Array.of(1, 1, 0);
 * const logits = Float32Array.of(0, 0, 0, Math.log(3), 1, 0);
 * const predictions = Int32Array.of(0, 1, 0);
 * const windows = { examples: 3, loss: 0.43, accuracy: 2 / 3, labels, logits, predictions, rows: Int32Array.of(0, 1, 2) };
 * const texts = averageWindows(windows, (row) => [0, 0, 1][row]!);
 * console.log(texts.examples, texts.accuracy, texts.predictions); // 2 1 Int32Array(2) [ 1, 0 ]
 * ```
 */
export function averageWindows(
  result: EvaluationResult,
  textOf: (row: number) => number,
  problemType?: ProblemType,
): EvaluationResult {
  const texts = Array.from(result.rows, textOf);
  const { texts: order, values } = averageLogits(result.logits, texts, problemType);
  const firstRow = new Map<number, number>();
  texts.forEach((text, row) => {
    if (!firstRow.has(text)) firstRow.set(text, row);
  });
  const rows = order.map((text) => firstRow.get(text)!);
  const count = order.length;
  const classes = values.length / count;
  const labels = Int32Array.from(rows, (row) => result.labels[row]!);
  const targets = result.targets && gatherRows(result.targets, rows, classes);
  const scores = probabilities(values, count, problemType);
  const predictions = predict(scores, count, problemType);
  return {
    examples: count,
    loss: meanLoss(scores, labels, targets, problemType),
    accuracy: accuracyOf(predictions, targets ?? labels, count),
    predictions,
    labels,
    ...(targets && { targets }),
    logits: values,
    rows: Int32Array.from(order),
  };
}

function gatherRows(values: Float32Array, rows: readonly number[], size: number): Float32Array {
  const result = new Float32Array(rows.length * size);
  rows.forEach((row, i) => {
    result.set(values.subarray(row * size, (row + 1) * size), i * size);
  });
  return result;
}

function predict(scores: Float32Array, count: number, problemType: ProblemType | undefined): Int32Array {
  if (problemType === "regression") return new Int32Array(0);
  if (problemType === "multi_label_classification") return Int32Array.from(scores, (p) => (p >= 0.5 ? 1 : 0));
  return argMax(scores, count);
}

function meanLoss(
  scores: Float32Array,
  labels: Int32Array,
  targets: Float32Array | undefined,
  problemType: ProblemType | undefined,
): number {
  const negativeLog = (p: number) => -Math.log(Math.max(p, SMALLEST));
  if (targets === undefined) {
    const classes = scores.length / labels.length;
    const losses = labels.reduce((sum, label, row) => sum + negativeLog(scores[row * classes + label]!), 0);
    return losses / labels.length;
  }
  const loss = (score: number, target: number) =>
    problemType === "regression"
      ? (score - target) ** 2
      : target * negativeLog(score) + (1 - target) * negativeLog(1 - score);
  return scores.reduce((sum, score, i) => sum + loss(score, targets[i]!), 0) / scores.length;
}
