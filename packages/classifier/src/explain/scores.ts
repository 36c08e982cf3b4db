import { BertieError } from "@bertie/common";
import type { LabelScore } from "./explanation.ts";

/**
 * Returns the log-odds of a label, log(p / (1 − p)): its logit minus the logsumexp of the other logits.
 *
 * The logit of a model with one label is the log-odds itself, because transformers applies a sigmoid to a single logit.
 */
export function logOdds(logits: ArrayLike<number>, label: number): number {
  const others = Array.from(logits).filter((_, i) => i !== label);
  return others.length === 0 ? logits[label]! : logits[label]! - logSumExp(others);
}

/** Returns all labels with their probabilities, most probable first. */
export function labelScores(labels: readonly string[], logits: ArrayLike<number>): LabelScore[] {
  const total = labels.length === 1 ? logSumExp([0, logits[0]!]) : logSumExp(Array.from(logits));
  return labels.map((label, i) => ({ label, score: Math.exp(logits[i]! - total) })).sort((a, b) => b.score - a.score);
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
