import type { ThresholdCounts } from "./ranking.ts";

/** Threshold of a label and the F1 score with it. */
export interface BestThreshold {
  readonly threshold: number;
  readonly f1: number;
}

/**
 * Returns the threshold that maximizes the F1 score of a label. The candidates are 0.5 and the midpoints between adjacent
 * scores; of equally good candidates the one closest to 0.5 is returned, so a label without positive rows has the threshold
 * 0.5. A row is predicted to have the label if its score is at least the threshold.
 */
export function bestThreshold({ thresholds, truePositives, falsePositives }: ThresholdCounts): BestThreshold {
  const positives = truePositives.at(-1) ?? 0;
  let best = { threshold: 0.5, f1: -1 };
  /** Considers a threshold for which the rows with the `count` highest distinct scores are predicted to have the label. */
  const consider = (threshold: number, count: number) => {
    const [hits, misses] = count === 0 ? [0, 0] : [truePositives[count - 1]!, falsePositives[count - 1]!];
    const f1 = hits === 0 ? 0 : (2 * hits) / (positives + hits + misses);
    const isCloser = Math.abs(threshold - 0.5) < Math.abs(best.threshold - 0.5);
    if (f1 > best.f1 || (f1 === best.f1 && isCloser)) best = { threshold, f1 };
  };
  const first = thresholds.findIndex((threshold) => threshold < 0.5);
  consider(0.5, first < 0 ? thresholds.length : first);
  for (const [i, threshold] of thresholds.entries()) {
    const next = thresholds[i + 1] ?? 0;
    const middle = (threshold + next) / 2;
    consider(middle > next ? middle : threshold, i + 1);
  }
  return best;
}
