import { type ConfusionMatrix, confusionMatrix, f1, macroF1, matthewsCorrelation } from "@bertie/data";
import type { EvaluationResult } from "@bertie/optim";
import type { Results } from "./events.ts";

/** An evaluated set. */
export interface EvaluatedSet {
  /** "dev", or "dev_mismatched". */
  readonly name: string;
  readonly examples: number;
  /** `confusion[label][prediction]`, by ids. */
  readonly confusion: ConfusionMatrix;
  /** Keys without prefix: accuracy, loss, and the task's metric. */
  readonly scores: Results;
}

/** The metric of a task's sets, besides accuracy and loss. */
export function taskMetric(taskName: string | undefined): "f1" | "matthews_correlation" | "macro_f1" {
  return taskName === "mrpc" ? "f1" : taskName === "cola" ? "matthews_correlation" : "macro_f1";
}

/** Scores a set by its task's metric: F1 of label 1 for mrpc, Matthews' correlation for cola, macro F1 for others. */
export function scoreSet(
  name: string,
  taskName: string | undefined,
  { examples, accuracy, loss, labels, predictions }: EvaluationResult,
  numLabels: number,
): EvaluatedSet {
  const confusion = confusionMatrix(labels, predictions, numLabels);
  const metric = taskMetric(taskName);
  const score = {
    f1: (matrix: ConfusionMatrix) => f1(matrix, 1),
    matthews_correlation: matthewsCorrelation,
    macro_f1: macroF1,
  }[metric];
  return { name, examples, confusion, scores: { accuracy, loss, [metric]: score(confusion) } };
}

/** The results of a run in the order of eval_results.txt; keys of other sets than the dev set contain the set's name. */
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

/** The lines of eval_results.txt. */
export function formatResults(results: Results): string[] {
  return Object.entries(results).map(([key, value]) => `${key} = ${value}`);
}
