import type { ProblemType } from "@bertie/common";
import type { ModelDirectory } from "@bertie/model";
import type { Examples } from "./examples.ts";
import { layoutOfRecord, type TrainingLayout } from "./training-layout.ts";

/** Facts about the training data of a model, with which other tables are read in the same way. */
export interface TrainingTable {
  readonly layout: TrainingLayout | undefined;
  /** Whether the examples were pairs of texts; undefined if unknown. */
  readonly pairs: boolean | undefined;
  readonly problemType: ProblemType | undefined;
}

/** Columns of the task `news`. */
const NEWS_LAYOUT: TrainingLayout = {
  header: false,
  columns: ["column 1", "column 2"],
  text: "column 2",
  labels: ["column 1"],
};

/**
 * Returns what is known about the training data of a model.
 *
 * @example
 * ```ts
 * import { trainingTableOf } from "@bertie/classifier";
 *
 * const trained = { taskName: "news", maxSeqLength: 128, pairs: false };
 * const config = { labels: ["bad", "good"] };
 * console.log(trainingTableOf({ config, trained }).layout?.text); // column 2
 * ```
 */
export function trainingTableOf({
  config,
  trained,
}: {
  readonly config: Pick<ModelDirectory["config"], "problemType" | "labels">;
  readonly trained: ModelDirectory["trained"];
}): TrainingTable {
  const layout = layoutOfRecord(trained.columns) ?? (trained.taskName === "news" ? NEWS_LAYOUT : undefined);
  const isTrained = config.labels !== undefined && trained.maxSeqLength !== undefined;
  const problemType = config.problemType ?? (isTrained ? "single_label_classification" : undefined);
  return { layout, pairs: trained.pairs, problemType };
}

/**
 * Completes the request for a table with what is known about the training data. Other examples are returned unchanged.
 *
 * @example
 * ```ts
 * import { asInTraining, type TableFile } from "@bertie/classifier";
 *
 * const request: TableFile = { file: "new.csv" };
 * const table = asInTraining(request, { layout: undefined, pairs: true, problemType: undefined });
 * console.log(table.needsPair); // true
 * ```
 */
export function asInTraining<T extends Examples>(examples: T, { layout, pairs, problemType }: TrainingTable): T {
  if (!("file" in examples) || "task" in examples) return examples;
  const separator = examples.labelSeparator ?? (examples.label === undefined ? layout?.labelSeparator : undefined);
  return {
    ...examples,
    like: layout,
    ...(examples.pair === undefined && pairs !== undefined && { needsPair: pairs }),
    ...(separator !== undefined && { labelSeparator: separator }),
    problemType: examples.problemType ?? problemType,
  };
}
