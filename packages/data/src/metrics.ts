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

/**
 * Returns the F1 score of one label, the harmonic mean of precision and recall, or 0 if the label is never predicted correctly.
 *
 * @example
 * ```ts
 * import { f1 } from "@bertie/data";
 *
 * console.log(f1([[1, 0], [1, 1]], 1)); // 0.6666666666666666
 * ```
 */
export function f1(matrix: ConfusionMatrix, label: number): number {
  const hits = matrix[label]![label]!;
  const occurrences = matrix[label]!.reduce((a, b) => a + b, 0);
  const predicted = matrix.reduce((sum, row) => sum + row[label]!, 0);
  return hits === 0 ? 0 : (2 * hits) / (occurrences + predicted);
}

/**
 * Returns the mean F1 score of the labels that occur as a true or predicted label, like scikit-learn, or 0 if no label occurs.
 *
 * @example
 * ```ts
 * import { macroF1 } from "@bertie/data";
 *
 * console.log(macroF1([[1, 0], [1, 1]])); // 0.6666666666666666
 * ```
 */
export function macroF1(matrix: ConfusionMatrix): number {
  const occurring = matrix.flatMap((row, label) =>
    row.some((count) => count > 0) || matrix.some((other) => other[label]! > 0) ? [label] : [],
  );
  if (occurring.length === 0) return 0;
  return occurring.reduce((sum, label) => sum + f1(matrix, label), 0) / occurring.length;
}

/**
 * Returns the correlation of labels and predictions, from −1 to 1, for any number of labels (Gorodkin, 2004), or 0 if all labels
 * or all predictions are the same. For two labels it is the Matthews correlation coefficient (Matthews, 1975).
 *
 * @example
 * ```ts
 * import { matthewsCorrelation } from "@bertie/data";
 *
 * console.log(matthewsCorrelation([[1, 0], [1, 1]]).toFixed(2)); // 0.50
 * ```
 */
export function matthewsCorrelation(matrix: ConfusionMatrix): number {
  const occurrences = matrix.map((row) => row.reduce((a, b) => a + b, 0));
  const predicted = matrix.map((_, label) => matrix.reduce((sum, row) => sum + row[label]!, 0));
  const total = occurrences.reduce((a, b) => a + b, 0);
  const hits = matrix.reduce((sum, row, label) => sum + row[label]!, 0);
  const product = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  const spread =
    Math.sqrt(total ** 2 - product(predicted, predicted)) * Math.sqrt(total ** 2 - product(occurrences, occurrences));
  return spread === 0 ? 0 : (hits * total - product(occurrences, predicted)) / spread;
}
