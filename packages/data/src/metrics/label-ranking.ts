import { meanOf, sumOf } from "./sums.ts";

/**
 * Returns the label ranking average precision (Tsoumakas et al., 2010): for each label of a row, the fraction of labels with
 * an equal or higher score that the row also has, averaged over its labels and then over rows. Rows that have all or no labels
 * count as 1.
 *
 * @param targets 1 if a row has a label, otherwise 0, `[rows, labels]`
 * @param scores `[rows, labels]`
 */
export function labelRankingAveragePrecision(
  targets: ArrayLike<number>,
  scores: ArrayLike<number>,
  numLabels: number,
): number {
  return meanOf(targets.length / numLabels, (row) => {
    const all = Array.from({ length: numLabels }, (_, label) => scores[row * numLabels + label]!);
    const own = all.filter((_, label) => targets[row * numLabels + label] === 1);
    if (own.length === 0 || own.length === numLabels) return 1;
    const rank = (score: number, among: readonly number[]) => among.filter((other) => other >= score).length;
    return sumOf(own.length, (i) => rank(own[i]!, own) / rank(own[i]!, all)) / own.length;
  });
}
