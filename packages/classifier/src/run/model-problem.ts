import { BertieError } from "@bertie/common";
import { type ModelDirectory, problemTypeOf } from "@bertie/model";
import type { RunData } from "../data/data-set.ts";
import { type RunEvent, warning } from "./events.ts";

/**
 * Checks that the labels of data to evaluate are of the kind that the model predicts.
 *
 * @throws BertieError "options/problem-type"
 */
export function requireProblemOf({ config, files }: Pick<ModelDirectory, "config" | "files">, data: RunData): void {
  const { problemType = "single_label_classification", labels, evaluations } = data;
  const expected = problemTypeOf(config, labels.length);
  if (evaluations.length === 0 || problemType === expected) return;
  const text = `the data has the problem type ${problemType}, but the model has ${expected} (${files.config}). Evaluate the model on data of its kind.`;
  throw new BertieError("options/problem-type", text);
}

/** Returns a warning if training starts from a model that was fine-tuned for another kind of problem. */
export function notesOnProblem({ config, files }: Pick<ModelDirectory, "config" | "files">, data: RunData): RunEvent[] {
  const { problemType = "single_label_classification" } = data;
  if (config.problemType === undefined || config.problemType === problemType) return [];
  const text = `${files.config}: the model was fine-tuned for ${config.problemType}. Its classifier is trained further for ${problemType}.`;
  return [warning(text, "note/other-problem-type")];
}
