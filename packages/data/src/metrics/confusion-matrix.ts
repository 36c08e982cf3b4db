import type { ClassCounts } from "./precision-recall.ts";

/** Number of rows per true and predicted label: `matrix[label][prediction]`, by label id. */
export type ConfusionMatrix = readonly (readonly number[])[];

/**
 * Counts rows by true and predicted label.
 *
 * @param labels true label ids, all below `numLabels`
 * @param predictions predicted label ids, all below `numLabels`
 * @example
 * ```ts
 * import { confusionMatrix } from "@bertie/data";
 *
 * console.log(confusionMatrix([0, 1, 1], [0, 1, 0], 2)); // [[1, 0], [1, 1]]
 * ```
 */
export function confusionMatrix(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  numLabels: number,
): ConfusionMatrix {
  const matrix = Array.from({ length: numLabels }, () => new Array<number>(numLabels).fill(0));
  for (let i = 0; i < labels.length; i++) matrix[labels[i]!]![predictions[i]!]!++;
  return matrix;
}

/** Returns the sums of rows and columns of a confusion matrix, and its diagonal, by label id. */
export function classCounts(matrix: ConfusionMatrix): ClassCounts[] {
  const predicted = new Float64Array(matrix.length);
  for (const row of matrix) for (const [label, count] of row.entries()) predicted[label]! += count;
  return matrix.map((row, label) => ({
    hits: row[label]!,
    support: row.reduce((a, b) => a + b, 0),
    predicted: predicted[label]!,
  }));
}
