import { BertieError } from "@bertie/common";
import { quoteLabel } from "../check/quote-label.ts";
import type { Processor, SetName } from "../processor.ts";

/** File of predictions in the format that the GLUE benchmark accepts. */
export interface GlueSubmission {
  readonly fileName: string;
  readonly contents: string;
}

/** Range of the scores of sts-b. */
const SCORES = { min: 0, max: 5, decimals: 3 };

/**
 * Returns the file of predictions for a test set of GLUE: the columns `index`, from 0 in the order of the rows, and `prediction`,
 * the label or, for sts-b, the score from 0 to 5.
 *
 * @param predictions predicted label or value of every row of the test set, in order
 * @throws BertieError "config/unknown-set" if GLUE does not accept predictions for the set of the task
 * @throws BertieError "input/unknown-label" if a prediction is not a label of the task
 * @example
 * ```ts
 * import { getProcessor, glueSubmission } from "@bertie/data";
 *
 * const { fileName, contents } = glueSubmission(getProcessor("rte"), "test", ["entailment", "not_entailment"]);
 * console.log(fileName, contents); // RTE.tsv index\tprediction\n0\tentailment\n1\tnot_entailment\n
 * ```
 */
export function glueSubmission(
  task: Pick<Processor, "taskName" | "labels" | "problemType" | "submissions">,
  set: SetName,
  predictions: readonly (string | number)[],
): GlueSubmission {
  const fileName = task.submissions?.[set];
  if (fileName === undefined) {
    const known = Object.keys(task.submissions ?? {}).join(", ") || "none";
    const message = `task ${task.taskName} has no submission for the set "${set}". Sets with a submission: ${known}.`;
    throw new BertieError("config/unknown-set", message);
  }
  const cell = (prediction: string | number, index: number) => {
    if (task.problemType === "regression" && Number.isFinite(prediction)) return score(Number(prediction));
    if (typeof prediction === "string" && task.labels?.includes(prediction)) return prediction;
    const expected = task.problemType === "regression" ? "a number" : task.labels?.map(quoteLabel).join(", ");
    const message = `prediction ${index + 1} for ${fileName} is ${quoteLabel(String(prediction))}, expected ${expected}. Use a model that was trained on ${task.taskName}.`;
    throw new BertieError("input/unknown-label", message);
  };
  const lines = predictions.map((prediction, index) => `${index}\t${cell(prediction, index)}\n`);
  return { fileName, contents: `index\tprediction\n${lines.join("")}` };
}

function score(value: number): string {
  return Math.min(Math.max(value, SCORES.min), SCORES.max).toFixed(SCORES.decimals);
}
