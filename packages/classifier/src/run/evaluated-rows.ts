import type { ProblemType } from "@bertie/common";
import type { EvaluationResult } from "@bertie/optim";
import type { DataSet } from "../data/data-set.ts";
import type { Prediction } from "./events.ts";
import { type PredictedProblem, predictionOf } from "./predictions.ts";

/** Evaluated row: the prediction and the true label, labels or value. */
export interface EvaluatedRow {
  /** Index of the row in the set. */
  readonly row: number;
  readonly truth: string | readonly string[] | number;
  readonly prediction: Prediction;
}

/** True labels and predictions of a set in the order of its rows, which differs from the order of the batches. */
export interface OrderedRows {
  /** Probabilities in float64, `[rows, labels]`; in regression, the predicted values. */
  readonly values: Float64Array;
  /** True label ids, `[rows]`; −1 in other problems than single-label classification. */
  readonly labels: Int32Array;
  /** Predicted label ids, `[rows]`; only meaningful in single-label classification. */
  readonly predictions: Int32Array;
  /** Targets, `[rows, labels]`; empty in single-label classification. */
  readonly targets: Float64Array;
}

/** Brings the result of an evaluation into the order of the rows of the set. */
export function orderRows(
  set: Pick<DataSet, "examples">,
  { rows, logits, labels, predictions, targets }: EvaluationResult,
  problemType: ProblemType,
): OrderedRows {
  const width = logits.length / rows.length;
  const probabilities = probabilitiesOf(logits, width, problemType);
  const ordered: OrderedRows = {
    values: new Float64Array(logits.length),
    labels: new Int32Array(rows.length),
    predictions: new Int32Array(rows.length),
    targets: new Float64Array(targets?.length ?? 0),
  };
  for (const [i, row] of rows.entries()) {
    ordered.values.set(probabilities.subarray(i * width, (i + 1) * width), row * width);
    ordered.labels[row] = labels[i]!;
    ordered.predictions[row] = predictions[i]!;
    if (targets !== undefined) ordered.targets.set(targets.subarray(i * width, (i + 1) * width), row * width);
    // The targets of the features are rounded to float32.
    const value = set.examples?.[row]?.value;
    if (problemType === "regression" && value !== undefined) ordered.targets[row] = value;
  }
  return ordered;
}

/** Yields the rows of an evaluated set in order. */
export function* evaluatedRows(
  { name, guids }: Pick<DataSet, "name" | "guids">,
  { values, labels: ids, predictions, targets }: OrderedRows,
  problem: PredictedProblem,
): Generator<EvaluatedRow> {
  const { labels, problemType = "single_label_classification" } = problem;
  const width = values.length / ids.length;
  for (const [row, id] of ids.entries()) {
    const slice = (array: Float64Array) => array.subarray(row * width, (row + 1) * width);
    const guid = guids?.[row] ?? `${name}-${row}`;
    const truth = {
      single_label_classification: () => labels[id]!,
      multi_label_classification: () => labels.filter((_, label) => slice(targets)[label] === 1),
      regression: () => targets[row]!,
    }[problemType]();
    yield { row, truth, prediction: predictionOf(guid, slice(values), predictions[row]!, problem) };
  }
}

/**
 * Returns probabilities in float64, `[rows, width]`. In float32, the probability of a confident prediction would be rounded to 1,
 * which changes the log loss, and the probabilities of a row would not add up to 1.
 */
function probabilitiesOf(logits: Float32Array, width: number, problemType: ProblemType): Float64Array {
  if (problemType === "regression") return Float64Array.from(logits);
  if (problemType === "multi_label_classification")
    return Float64Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
  const result = new Float64Array(logits.length);
  for (let start = 0; start < logits.length; start += width) {
    const scores = logits.subarray(start, start + width);
    const largest = scores.reduce((a, b) => Math.max(a, b));
    const weights = Array.from(scores, (score) => Math.exp(score - largest));
    const total = weights.reduce((a, b) => a + b);
    for (const [i, weight] of weights.entries()) result[start + i] = weight / total;
  }
  return result;
}
