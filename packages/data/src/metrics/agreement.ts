import { type ConfusionMatrix, classCounts } from "./confusion-matrix.ts";
import type { ClassCounts } from "./precision-recall.ts";

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
  return correlationOfCounts(classCounts(matrix));
}

/** Returns the Matthews correlation coefficient for the counts of every class. */
export function correlationOfCounts(classes: readonly ClassCounts[]): number {
  const total = totalOf(classes, ({ support }) => support);
  const hits = totalOf(classes, (counts) => counts.hits);
  const expected = totalOf(classes, ({ support, predicted }) => support * predicted);
  const spread =
    Math.sqrt(total ** 2 - totalOf(classes, ({ predicted }) => predicted * predicted)) *
    Math.sqrt(total ** 2 - totalOf(classes, ({ support }) => support * support));
  return spread === 0 ? 0 : (hits * total - expected) / spread;
}

/**
 * Returns the agreement of labels and predictions beyond chance, at most 1 (Cohen, 1960), or null if labels and predictions are
 * all the same label.
 */
export function cohenKappa(classes: readonly ClassCounts[]): number | null {
  const total = totalOf(classes, ({ support }) => support);
  const misses = total - totalOf(classes, ({ hits }) => hits);
  const expected = total ** 2 - totalOf(classes, ({ support, predicted }) => support * predicted);
  return expected === 0 ? null : 1 - (misses * total) / expected;
}

function totalOf(classes: readonly ClassCounts[], termOf: (counts: ClassCounts) => number): number {
  return classes.reduce((sum, counts) => sum + termOf(counts), 0);
}
