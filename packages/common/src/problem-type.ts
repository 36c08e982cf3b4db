/**
 * Names of the kinds of problems, as in `problem_type` of Hugging Face's config.json: one label per text, any number of
 * labels per text, or a number per text.
 */
export const problemTypes = ["single_label_classification", "multi_label_classification", "regression"] as const;

/** Kind of problem that a model solves. */
export type ProblemType = (typeof problemTypes)[number];
