/** How often each label was predicted: `matrix[label][prediction]`, by ids. */
export type ConfusionMatrix = readonly (readonly number[])[];

/** Counts predictions by true and predicted label; both are ids below `numLabels`. */
export function confusionMatrix(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  numLabels: number,
): ConfusionMatrix {
  const matrix = Array.from({ length: numLabels }, () => new Array<number>(numLabels).fill(0));
  for (let i = 0; i < labels.length; i++) matrix[labels[i]!]![predictions[i]!]!++;
  return matrix;
}

/** The harmonic mean of precision and recall of one label; 0 where it occurs neither as label nor as prediction. */
export function f1(matrix: ConfusionMatrix, label: number): number {
  const hits = matrix[label]![label]!;
  const occurrences = matrix[label]!.reduce((a, b) => a + b, 0);
  const predicted = matrix.reduce((sum, row) => sum + row[label]!, 0);
  return hits === 0 ? 0 : (2 * hits) / (occurrences + predicted);
}

/** The mean of the labels' F1, over those that occur as label or prediction (as scikit-learn does); 0 without any. */
export function macroF1(matrix: ConfusionMatrix): number {
  const occurring = matrix.flatMap((row, label) =>
    row.some((count) => count > 0) || matrix.some((other) => other[label]! > 0) ? [label] : [],
  );
  if (occurring.length === 0) return 0;
  return occurring.reduce((sum, label) => sum + f1(matrix, label), 0) / occurring.length;
}

/**
 * The correlation of labels and predictions, from −1 to 1, for any number of labels (Gorodkin, 2004; for two labels
 * that of Matthews, 1975); 0 where either is all the same.
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
