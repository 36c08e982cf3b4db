/** Names of the metrics that can select the best weights. */
export const metricNames = ["accuracy", "loss", "f1", "macro_f1", "matthews_correlation"] as const;

/** Name of a metric. */
export type MetricName = (typeof metricNames)[number];

/** Value of the metric after an update. */
export interface Score {
  /** Number of the update, from 1. */
  readonly step: number;
  readonly value: number;
}

/** Returns the score with the highest value, or with the lowest value for the loss. Returns the first of equal scores. */
export function bestOf(scores: readonly Score[], metric: MetricName): Score | undefined {
  const sign = metric === "loss" ? -1 : 1;
  return scores.reduce<Score | undefined>(
    (best, score) => (best === undefined || sign * score.value > sign * best.value ? score : best),
    undefined,
  );
}

/** Returns the number of evaluations since the best one. */
export function evaluationsSinceBest(scores: readonly Score[], metric: MetricName): number {
  const best = bestOf(scores, metric);
  return best === undefined ? 0 : scores.length - 1 - scores.indexOf(best);
}
