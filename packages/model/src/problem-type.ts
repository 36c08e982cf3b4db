import { BertieError, type ProblemType, problemTypes, quote } from "@bertie/common";

/**
 * Returns the `problem_type` of a Hugging Face configuration, or undefined if it has none.
 *
 * @throws BertieError "config/bad-value" if the value is unknown
 */
export function problemTypeFromJson(
  json: Readonly<Record<string, unknown>>,
  fileName: string,
): ProblemType | undefined {
  const value = json.problem_type ?? undefined;
  const problemType = problemTypes.find((known) => known === value);
  if (value === undefined || problemType !== undefined) return problemType;
  const text = `${fileName}: "problem_type" is ${quote(value)}, but must be one of ${problemTypes.join(", ")}. Correct or remove the value.`;
  throw new BertieError("config/bad-value", text);
}

/**
 * Returns the kind of problem that a classifier solves. Without `problem_type` in its configuration, a classifier with one
 * label is a regression, as in transformers.
 *
 * @param numLabels number of labels of the classifier
 *
 * @example
 * ```ts
 * import { problemTypeOf } from "@bertie/model";
 *
 * console.log(problemTypeOf({}, 2), problemTypeOf({}, 1)); // single_label_classification regression
 * ```
 */
export function problemTypeOf({ problemType }: { readonly problemType?: ProblemType }, numLabels: number): ProblemType {
  return problemType ?? (numLabels === 1 ? "regression" : "single_label_classification");
}
