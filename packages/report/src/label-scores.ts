import { type ConfusionMatrix, f1 } from "@bertie/data";
import type { LabelScores } from "./report-data.ts";

/**
 * Returns precision, recall and F1 of each label; 0 where a quotient is undefined, as in scikit-learn.
 *
 * @param confusion number of rows by true label and predicted label
 *
 * @example
 * ```ts
 * import { labelScoresOf } from "@bertie/report";
 *
 * console.log(labelScoresOf(["bad", "good"], [[3, 1], [0, 4]])[0]);
 * // { label: "bad", precision: 1, recall: 0.75, f1: 0.857…, support: 4 }
 * ```
 */
export function labelScoresOf(labels: readonly string[], confusion: ConfusionMatrix): LabelScores[] {
  return labels.map((label, id) => {
    const hits = confusion[id]?.[id] ?? 0;
    const support = (confusion[id] ?? []).reduce((a, b) => a + b, 0);
    const predicted = confusion.reduce((sum, row) => sum + (row[id] ?? 0), 0);
    return {
      label,
      precision: predicted === 0 ? 0 : hits / predicted,
      recall: support === 0 ? 0 : hits / support,
      f1: confusion[id] === undefined ? 0 : f1(confusion, id),
      support,
    };
  });
}
