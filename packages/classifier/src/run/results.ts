import type { ProblemType } from "@bertie/common";
import {
  type ConfusionMatrix,
  type EvaluationMetrics,
  evaluateMultiLabel,
  evaluateRegression,
  evaluateSingleLabel,
  f1,
  macroF1,
  matthewsCorrelation,
} from "@bertie/data";
import type { EvaluationResult } from "@bertie/optim";
import type { DataSet, RunData } from "../data/data-set.ts";
import { type EvaluatedRow, evaluatedRows, type OrderedRows, orderRows } from "./evaluated-rows.ts";
import type { Results } from "./events.ts";
import { type PredictedProblem, thresholdsOf } from "./predictions.ts";
import { taskMetric } from "./task-metric.ts";

/** Results of the evaluation of a set. */
export interface EvaluatedSet {
  /** Name of the set: "dev" or "dev_mismatched". */
  readonly name: string;
  /** Number of examples. */
  readonly examples: number;
  /** All metrics, as in eval_results.json. */
  readonly metrics: EvaluationMetrics;
  /** Loss, the metric of the task, and all metrics that are defined numbers, under names without prefix. */
  readonly scores: Results;
  /** Returns the predictions and true labels, in the order of the rows. */
  readonly rows: () => Iterable<EvaluatedRow>;
}

/** Computes the metrics of an evaluated set. */
export function scoreSet(
  set: Pick<DataSet, "name" | "guids" | "examples">,
  data: Pick<RunData, "taskName"> & PredictedProblem,
  result: EvaluationResult,
  seed: number,
): EvaluatedSet {
  const { examples, accuracy, loss } = result;
  const ordered = orderRows(set, result, data.problemType ?? "single_label_classification");
  const metrics = metricsOf(data, ordered, seed);
  const scores = {
    ...(metrics.problem_type !== "regression" && { accuracy }),
    loss,
    ...(metrics.problem_type === "single_label_classification" && scoreOfTask(data.taskName, metrics.confusion_matrix)),
    ...scalarsOf(metrics),
  };
  return { name: set.name, examples, metrics, scores, rows: () => evaluatedRows(set, ordered, data) };
}

function metricsOf(problem: PredictedProblem, rows: OrderedRows, seed: number): EvaluationMetrics {
  const { problemType = "single_label_classification", labels: names } = problem;
  const { values, labels, predictions, targets } = rows;
  const compute: Readonly<Record<ProblemType, () => EvaluationMetrics>> = {
    single_label_classification: () => evaluateSingleLabel({ labels, probabilities: values, predictions, names, seed }),
    multi_label_classification: () =>
      evaluateMultiLabel({ targets, probabilities: values, names, thresholds: thresholdsOf(problem), seed }),
    regression: () => evaluateRegression({ targets, predictions: values, seed }),
  };
  return compute[problemType]();
}

/**
 * Returns the metric of a task: F1 of label 1 for mrpc and qqp, Matthews correlation coefficient for cola, macro F1 for
 * other tasks.
 */
function scoreOfTask(taskName: string | undefined, confusion: ConfusionMatrix): Results {
  const metric = taskMetric(taskName);
  const score = {
    f1: (matrix: ConfusionMatrix) => f1(matrix, 1),
    matthews_correlation: matthewsCorrelation,
    macro_f1: macroF1,
  }[metric];
  return { [metric]: score(confusion) };
}

function scalarsOf({ examples, ...metrics }: EvaluationMetrics): Results {
  return Object.fromEntries(
    Object.entries(metrics).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}

/**
 * Returns the results of a run in the order of eval_results.txt. Keys for the mismatched set contain the name of the
 * set.
 */
export function resultsOf(sets: readonly EvaluatedSet[], globalStep: number, trainLoss: number | undefined): Results {
  const scores = sets.flatMap(({ name, scores }) =>
    Object.entries(scores).map(([key, value]) => [`${name.replace(/^dev/, "eval")}_${key}`, value] as const),
  );
  const entries = [
    ...scores,
    ["global_step", globalStep] as const,
    ...(trainLoss === undefined ? [] : [["loss", trainLoss] as const]),
  ];
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Returns the metrics of each set by its name. */
export function metricsBySet(sets: readonly EvaluatedSet[]): Readonly<Record<string, EvaluationMetrics>> {
  return Object.fromEntries(sets.map(({ name, metrics }) => [name, metrics]));
}

/** Returns the confusion matrix of an evaluation; empty except in single-label classification. */
export function confusionOf(metrics: EvaluationMetrics): ConfusionMatrix {
  return metrics.problem_type === "single_label_classification" ? metrics.confusion_matrix : [];
}

/**
 * Returns the lines of eval_results.txt.
 *
 * @example
 * ```ts
 * import { formatResults } from "@bertie/classifier";
 *
 * console.log(formatResults({ eval_accuracy: 0.5, eval_loss: 0.7 })); // [ "eval_accuracy = 0.5", "eval_loss = 0.7" ]
 * ```
 */
export function formatResults(results: Results): string[] {
  return Object.entries(results).map(([key, value]) => `${key} = ${value}`);
}
