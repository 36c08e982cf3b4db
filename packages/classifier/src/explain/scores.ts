import { BertieError, type ProblemType } from "@bertie/common";
import type { LabelScore } from "./explanation.ts";

/**
 * Returns whether each logit is the log-odds of its label by itself: in multi-label classification, and in a model with one
 * label, because transformers applies a sigmoid to a single logit. In regression, the logit is the value to explain.
 */
export function areIndependent(labels: ArrayLike<unknown>, problemType: ProblemType | undefined): boolean {
  return labels.length === 1 || problemType === "multi_label_classification" || problemType === "regression";
}

/**
 * Returns the log-odds of a label, log(p / (1 − p)): its logit minus the logsumexp of the other logits, or its logit if
 * logits are independent. In regression, returns the value.
 */
export function logOdds(logits: ArrayLike<number>, label: number, problemType?: ProblemType): number {
  if (areIndependent(logits, problemType)) return logits[label]!;
  const others = Array.from(logits).filter((_, i) => i !== label);
  return logits[label]! - logSumExp(others);
}

/** Returns all labels with their probabilities, most probable first; in regression, with the value. */
export function labelScores(
  labels: readonly string[],
  logits: ArrayLike<number>,
  problemType?: ProblemType,
): LabelScore[] {
  const all = logSumExp(Array.from(logits));
  const scoreOf = (logit: number) => {
    if (problemType === "regression") return logit;
    return Math.exp(logit - (areIndependent(labels, problemType) ? logSumExp([0, logit]) : all));
  };
  return labels.map((label, i) => ({ label, score: scoreOf(logits[i]!) })).sort((a, b) => b.score - a.score);
}

/**
 * Returns the index of the label to explain.
 *
 * @param name name of the label; if undefined, the first label with the largest logit is chosen
 * @throws BertieError "explain/label" if the model has no label of that name
 */
export function labelIndex(labels: readonly string[], logits: ArrayLike<number>, name: string | undefined): number {
  if (name === undefined) return labels.reduce((best, _, i) => (logits[i]! > logits[best]! ? i : best), 0);
  const index = labels.indexOf(name);
  if (index >= 0) return index;
  const known = labels.length > 20 ? `${labels.slice(0, 20).join(", ")}, …` : labels.join(", ");
  throw new BertieError("explain/label", `the model has no label "${name}". Choose one of ${known}.`);
}

function logSumExp(values: readonly number[]): number {
  const largest = values.reduce((a, b) => Math.max(a, b));
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}
