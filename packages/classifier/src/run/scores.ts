import type { ProblemType } from "@bertie/common";
import type { MultiLabelMetrics, RegressionMetrics, SingleLabelMetrics } from "@bertie/data";
import { taskMetric } from "./task-metric.ts";

const singleLabelNames = [
  "balanced_accuracy",
  "precision_macro",
  "recall_macro",
  "f1_macro",
  "precision_micro",
  "recall_micro",
  "f1_micro",
  "precision_weighted",
  "recall_weighted",
  "f1_weighted",
  "mcc",
  "cohen_kappa",
  "roc_auc",
  "average_precision",
  "log_loss",
  "brier_score",
  "calibration_error",
  "max_calibration_error",
] as const satisfies readonly (keyof SingleLabelMetrics)[];

const multiLabelNames = [
  "subset_accuracy",
  "hamming_loss",
  "precision_micro",
  "recall_micro",
  "f1_micro",
  "precision_macro",
  "recall_macro",
  "f1_macro",
  "precision_weighted",
  "recall_weighted",
  "f1_weighted",
  "precision_samples",
  "recall_samples",
  "f1_samples",
  "roc_auc_macro",
  "roc_auc_micro",
  "average_precision_macro",
  "average_precision_micro",
  "label_ranking_average_precision",
  "calibration_error",
  "max_calibration_error",
] as const satisfies readonly (keyof MultiLabelMetrics)[];

const regressionNames = [
  "mse",
  "rmse",
  "mae",
  "r2",
  "pearson",
  "spearman",
] as const satisfies readonly (keyof RegressionMetrics)[];

const taskNames = ["accuracy", "loss", "f1", "macro_f1", "matthews_correlation"] as const;

/** Name of a metric. */
export type MetricName =
  | (typeof taskNames)[number]
  | (typeof singleLabelNames)[number]
  | (typeof multiLabelNames)[number]
  | (typeof regressionNames)[number];

/** Names of the metrics that can select the best weights. */
export const metricNames: readonly MetricName[] = [
  ...new Set([...taskNames, ...singleLabelNames, ...multiLabelNames, ...regressionNames]),
];

/** Metrics whose lowest value is the best. */
const lowerIsBetter: ReadonlySet<string> = new Set([
  ...(["loss", "log_loss", "brier_score", "calibration_error", "max_calibration_error", "hamming_loss"] as const),
  ...(["mse", "rmse", "mae"] as const),
]);

/**
 * Returns whether the lowest value of a metric is the best: for losses and errors.
 *
 * @param metric name of the metric, with or without `eval_`
 * @example
 * ```ts
 * import { isLowerBetter } from "@bertie/classifier";
 *
 * console.log(isLowerBetter("eval_rmse"), isLowerBetter("accuracy")); // true false
 * ```
 */
export function isLowerBetter(metric: string): boolean {
  return lowerIsBetter.has(metric.replace(/^eval_/, ""));
}

/** Returns the names of the metrics that are computed for a task. */
export function availableMetrics(
  taskName: string | undefined,
  problemType: ProblemType = "single_label_classification",
): readonly MetricName[] {
  if (problemType === "regression") return ["loss", ...regressionNames];
  if (problemType === "multi_label_classification") return ["accuracy", "loss", ...multiLabelNames];
  return ["accuracy", "loss", taskMetric(taskName), ...singleLabelNames];
}

/**
 * Returns the value of the metric. A metric that is undefined, such as the correlation of constant predictions, counts as 0.
 */
export function scoreBy(scores: Readonly<Record<string, number>>, metric: MetricName): number {
  return scores[metric] ?? 0;
}

/** Value of the metric after an update. */
export interface Score {
  /** Number of the update, from 1. */
  readonly step: number;
  readonly value: number;
}

/** Returns the best score: the highest, or the lowest for losses and errors. Returns the first of equal scores. */
export function bestOf(scores: readonly Score[], metric: MetricName): Score | undefined {
  const sign = lowerIsBetter.has(metric) ? -1 : 1;
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
