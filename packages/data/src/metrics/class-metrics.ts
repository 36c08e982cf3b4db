import { type ClassCounts, precisionRecall } from "./precision-recall.ts";

/** Metrics of one class of a single-label problem, or of one label of a multi-label problem. */
export interface ClassMetrics {
  /** Name of the class. */
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Number of rows with the class. */
  readonly support: number;
  /** Number of rows for which the class is predicted. */
  readonly predicted: number;
  /** Area under the ROC curve of the class against the rest; null if all rows or no rows have the class. */
  readonly roc_auc: number | null;
  /** Average precision of the class against the rest; 0 if no row has the class. */
  readonly average_precision: number;
}

/** Returns the metrics of a class. */
export function classMetrics(
  label: string,
  counts: ClassCounts,
  auc: number | null,
  averagePrecision: number,
): ClassMetrics {
  const { support, predicted } = counts;
  return {
    label,
    ...precisionRecall(counts),
    support,
    predicted,
    roc_auc: auc,
    average_precision: averagePrecision,
  };
}

/** Returns a column of a row-major matrix. */
export function columnOf(matrix: ArrayLike<number>, rows: number, column: number): Float64Array {
  const width = matrix.length / rows;
  return Float64Array.from({ length: rows }, (_, row) => matrix[row * width + column]!);
}

/** Checks that probabilities have the shape `[rows, labels]`. */
export function checkShape(rows: number, probabilities: number, labels: number): void {
  if (rows > 0 && labels > 0 && probabilities === rows * labels) return;
  throw new Error(
    `expected probabilities of ${rows} rows and ${labels} labels, at least 1 each, found ${probabilities}`,
  );
}
