import type { ProblemType } from "@bertie/common";
import type { LabelScore } from "./explain/explanation.ts";

/**
 * Returns the labels of a text with their scores, highest score first.
 *
 * @param scores probabilities of the labels, in the order of their ids; the value in regression
 * @param threshold score from which on a label is predicted, in multi-label classification
 */
export function rankLabels(
  labels: readonly string[],
  scores: Float32Array,
  problemType: ProblemType,
  threshold = 0.5,
): LabelScore[] {
  const isMulti = problemType === "multi_label_classification";
  return labels
    .map((label, id) => ({
      label,
      score: scores[id]!,
      ...(isMulti && { predicted: scores[id]! >= threshold }),
    }))
    .sort((a, b) => b.score - a.score);
}
