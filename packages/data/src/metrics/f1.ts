import { type ConfusionMatrix, classCounts } from "./confusion-matrix.ts";
import { macroAverage, occurring, precisionRecall } from "./precision-recall.ts";

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
  return precisionRecall(classCounts(matrix)[label]!).f1;
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
  return macroAverage(occurring(classCounts(matrix))).f1;
}
