import { sumOf } from "./sums.ts";

/** Counts at every distinct score as a threshold, from the highest: rows whose score is at least the threshold. */
export interface ThresholdCounts {
  /** Distinct scores, descending. */
  readonly thresholds: Float64Array;
  /** Number of positive rows at or above each threshold. */
  readonly truePositives: Float64Array;
  /** Number of negative rows at or above each threshold. */
  readonly falsePositives: Float64Array;
}

/** Counts positive and negative rows at or above every distinct score. */
export function countByThreshold(scores: ArrayLike<number>, isPositive: (row: number) => boolean): ThresholdCounts {
  const order = Uint32Array.from({ length: scores.length }, (_, row) => row);
  order.sort((a, b) => scores[b]! - scores[a]!);
  const thresholds: number[] = [];
  const truePositives: number[] = [];
  const falsePositives: number[] = [];
  let positives = 0;
  for (const [i, row] of order.entries()) {
    if (isPositive(row)) positives++;
    if (i + 1 < order.length && scores[order[i + 1]!] === scores[row]) continue;
    thresholds.push(scores[row]!);
    truePositives.push(positives);
    falsePositives.push(i + 1 - positives);
  }
  const [a, b, c] = [thresholds, truePositives, falsePositives].map((values) => Float64Array.from(values));
  return { thresholds: a!, truePositives: b!, falsePositives: c! };
}

/**
 * Returns the area under the ROC curve: the probability that a random positive row has a higher score than a random
 * negative row, where equal scores count as one half. Returns null unless there are rows of both kinds.
 */
export function rocAuc({ truePositives, falsePositives }: ThresholdCounts): number | null {
  const positives = truePositives.at(-1) ?? 0;
  const negatives = falsePositives.at(-1) ?? 0;
  if (positives === 0 || negatives === 0) return null;
  const area = sumOf(truePositives.length, (i) => {
    const [above, aboveBefore] = [truePositives[i]!, i === 0 ? 0 : truePositives[i - 1]!];
    const width = falsePositives[i]! - (i === 0 ? 0 : falsePositives[i - 1]!);
    return (width * (above + aboveBefore)) / 2;
  });
  return area / positives / negatives;
}

/**
 * Returns the average precision: the mean precision at the thresholds, weighted by the increase of recall, or 0 if no row
 * is positive.
 */
export function averagePrecision({ truePositives, falsePositives }: ThresholdCounts): number {
  const positives = truePositives.at(-1) ?? 0;
  if (positives === 0) return 0;
  const total = sumOf(truePositives.length, (i) => {
    const increase = truePositives[i]! - (i === 0 ? 0 : truePositives[i - 1]!);
    return (increase * truePositives[i]!) / (truePositives[i]! + falsePositives[i]!);
  });
  return total / positives;
}
