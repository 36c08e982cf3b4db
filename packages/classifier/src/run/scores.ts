/** The metrics by which the best weights can be chosen. */
export const metricNames = ["accuracy", "loss", "f1", "macro_f1", "matthews_correlation"] as const;
export type MetricName = (typeof metricNames)[number];

/** The value of the metric after a step. */
export interface Score {
  readonly step: number;
  readonly value: number;
}

/** The best of some scores, the first of equals: the highest, or for losses the lowest. */
export function bestOf(scores: readonly Score[], metric: MetricName): Score | undefined {
  const sign = metric === "loss" ? -1 : 1;
  return scores.reduce<Score | undefined>(
    (best, score) => (best === undefined || sign * score.value > sign * best.value ? score : best),
    undefined,
  );
}

/** How many evaluations there were since the best one. */
export function evaluationsSinceBest(scores: readonly Score[], metric: MetricName): number {
  const best = bestOf(scores, metric);
  return best === undefined ? 0 : scores.length - 1 - scores.indexOf(best);
}
