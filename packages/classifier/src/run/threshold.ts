import { BertieError } from "@bertie/common";
import type { RunData } from "../data/data-set.ts";
import type { TrainingOptions } from "./options.ts";

/**
 * Returns the data of a run with the minimum probability at which a label is predicted.
 *
 * @param trained threshold of the model, if the run does not train
 * @throws BertieError "options/problem-type" if the problem has no thresholds, "options/range" if the threshold is not a
 *   probability
 */
export function withThreshold(
  data: RunData,
  { threshold }: Pick<TrainingOptions, "threshold">,
  trained: number | undefined,
): RunData {
  if (threshold !== undefined) checkThreshold(threshold, data.problemType);
  const used = threshold ?? trained;
  return used === undefined ? data : { ...data, thresholds: used };
}

/**
 * Checks that a threshold is a probability, and that the problem has thresholds.
 *
 * @throws BertieError "options/problem-type" or "options/range"
 *
 * @example
 * ```ts
 * import { checkThreshold } from "@bertie/classifier";
 *
 * checkThreshold(0.3, "multi_label_classification"); // does not throw
 * ```
 */
export function checkThreshold(threshold: number, problemType: RunData["problemType"]): void {
  if (!(threshold >= 0 && threshold <= 1)) {
    const text = `threshold (--threshold) is ${threshold}, but must be a probability from 0 to 1.`;
    throw new BertieError("options/range", text);
  }
  if (problemType === "multi_label_classification") return;
  const text = `threshold (--threshold) requires several labels per text, but the problem type is ${problemType ?? "single_label_classification"}. Remove the option.`;
  throw new BertieError("options/problem-type", text);
}
