import { type ConfusionMatrix, confusionMatrix, f1, macroF1, matthewsCorrelation } from "@bertie/data";
import type { EvaluationResult } from "@bertie/optim";
import type { Results } from "./events.ts";

/** Results of the evaluation of a set. */
export interface EvaluatedSet {
  /** Name of the set: "dev" or "dev_mismatched". */
  readonly name: string;
  /** Number of examples. */
  readonly examples: number;
  /** Confusion matrix: number of examples at `confusion[label id][predicted id]`. */
  readonly confusion: ConfusionMatrix;
  /** Accuracy, loss and the metric of the task, under names without prefix. */
  readonly scores: Results;
  /** Predictions and logits of the rows. */
  readonly result: EvaluationResult;
}

/** Returns the metric of a task in addition to accuracy and loss. */
export function taskMetric(taskName: string | undefined): "f1" | "matthews_correlation" | "macro_f1" {
  return taskName === "mrpc" ? "f1" : taskName === "cola" ? "matthews_correlation" : "macro_f1";
}

/**
 * Computes the metric of a task: F1 of label 1 for mrpc, Matthews correlation coefficient for cola, macro F1 for other
 * tasks.
 */
export function scoreSet(
  name: string,
  taskName: string | undefined,
  result: EvaluationResult,
  numLabels: number,
): EvaluatedSet {
  const { examples, accuracy, loss, labels, predictions } = result;
  const confusion = confusionMatrix(labels, predictions, numLabels);
  const metric = taskMetric(taskName);
  const score = {
    f1: (matrix: ConfusionMatrix) => f1(matrix, 1),
    matthews_correlation: matthewsCorrelation,
    macro_f1: macroF1,
  }[metric];
  return { name, examples, confusion, scores: { accuracy, loss, [metric]: score(confusion) }, result };
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
