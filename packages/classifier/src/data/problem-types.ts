import { BertieError, type ProblemType } from "@bertie/common";
import type { InputExample } from "@bertie/data";

/**
 * Returns the kind of problem of examples, which must all have labels of the same kind.
 *
 * @throws BertieError "input/not-labels"
 */
export function problemTypeOfExamples(examples: readonly InputExample[], name: string): ProblemType {
  const kindOf = ({ labels, value }: InputExample): ProblemType =>
    value !== undefined
      ? "regression"
      : labels === undefined
        ? "single_label_classification"
        : "multi_label_classification";
  const problemType = kindOf(examples[0]!);
  const index = examples.findIndex((example) => kindOf(example) !== problemType);
  if (index < 0) return problemType;
  const text = `${name}, example ${index + 1}: expected the same key as in example 1 (label, labels or value). Use the same key in all examples.`;
  throw new BertieError("input/not-labels", text);
}

/**
 * Checks that examples have labels of the expected kind.
 *
 * @param reason subject and verb of the message, such as "the model has"
 * @throws BertieError "input/not-labels"
 */
export function requireSameProblem(
  set: { readonly fileName: string; readonly problemType: ProblemType },
  expected: ProblemType,
  reason: string,
): void {
  if (set.problemType === expected) return;
  const key = { single_label_classification: "label", multi_label_classification: "labels", regression: "value" };
  const text = `${set.fileName}: the examples have the key ${key[set.problemType]}, but ${reason} ${key[expected]} (${expected}). Use examples of the same kind.`;
  throw new BertieError("input/not-labels", text);
}

/** Returns the name of the value of a regression: the label of the model, or the placeholder of transformers. */
export function regressionLabels(modelLabels: readonly string[] | undefined): readonly string[] {
  return modelLabels?.length === 1 ? modelLabels : ["LABEL_0"];
}
