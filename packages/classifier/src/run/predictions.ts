import type { ProblemType } from "@bertie/common";
import type { InputExample } from "@bertie/data";
import type { Prediction } from "./events.ts";

/** Properties of a problem that determine how outputs of the model are interpreted. */
export interface PredictedProblem {
  /** Kind of problem. @default "single_label_classification" */
  readonly problemType?: ProblemType | undefined;
  /** Names of the labels, in the order of their ids. */
  readonly labels: readonly string[];
  /** Minimum probability at which a label is predicted in multi-label problems, for all labels or per label. @default 0.5 */
  readonly thresholds?: number | readonly number[] | undefined;
}

/** Returns the threshold of each label. */
export function thresholdsOf({ labels, thresholds = 0.5 }: PredictedProblem): readonly number[] {
  return typeof thresholds === "number" ? labels.map(() => thresholds) : thresholds;
}

/** Where a predicted row comes from. */
export type RowIdentity = Pick<Prediction, "guid" | "id" | "file">;

/**
 * Returns the function from a row of a table to its identity: the id in the column of ids and, if there are several files, the
 * name of the file. Rows of several files without ids are identified by their lines.
 *
 * @example
 * ```ts
 * import { identityOf } from "@bertie/classifier";
 *
 * const example = { guid: "test-0", textA: "Clean rooms", source: { fileName: "a.csv", line: 2 } };
 * console.log(identityOf(true)(example)); // { guid: "test-0", id: "line-2", file: "a.csv" }
 * ```
 */
export function identityOf(hasSeveralFiles: boolean): (example: InputExample) => RowIdentity {
  return ({ guid, id, source }) => {
    const file = hasSeveralFiles ? source?.fileName : undefined;
    const known = id ?? (file === undefined ? undefined : `line-${source!.line}`);
    return { guid, ...(known !== undefined && { id: known }), ...(file !== undefined && { file }) };
  };
}

/**
 * Creates the prediction for an example.
 *
 * @param row name of the example, with its id and file if they are known
 * @param values probabilities by label id; in regression, the predicted value
 * @param best id of the predicted label in single-label problems
 *
 * @example
 * ```ts
 * import { predictionOf } from "@bertie/classifier";
 *
 * const problem = { labels: ["sports", "politics"], problemType: "multi_label_classification" } as const;
 * console.log(predictionOf("line-1", [0.7, 0.2], 0, problem)); // { guid: "line-1", labels: [ "sports" ], probabilities: … }
 * ```
 */
export function predictionOf(
  row: string | RowIdentity,
  values: ArrayLike<number>,
  best: number,
  problem: PredictedProblem,
): Prediction {
  const { problemType = "single_label_classification", labels } = problem;
  const identity = typeof row === "string" ? { guid: row } : row;
  if (problemType === "regression") return { ...identity, value: values[0]! };
  const probabilities = new Map(labels.map((label, id) => [label, values[id]!]));
  if (problemType === "single_label_classification") return { ...identity, label: labels[best]!, probabilities };
  const thresholds = thresholdsOf(problem);
  return { ...identity, labels: labels.filter((_, id) => values[id]! >= thresholds[id]!), probabilities };
}

/**
 * Returns the first line of predictions.tsv: `label`, `score` and the names of the labels. For several labels per text it is
 * `labels` and the names of the labels, and for regression `value`. `id` and `file` come first, if the rows have them.
 *
 * A label that has the name of another column gets the prefix `probability_`. Tabs, line breaks and backslashes are escaped.
 *
 * @param prediction any of the predictions
 *
 * @example
 * ```ts
 * import { formatPredictionHeader } from "@bertie/classifier";
 *
 * const probabilities = new Map([["negative", 0.25], ["positive", 0.75]]);
 * const prediction = { guid: "test-0", label: "positive", probabilities };
 * console.log(formatPredictionHeader(prediction)); // label\tscore\tnegative\tpositive\n
 * ```
 */
export function formatPredictionHeader(prediction: Prediction): string {
  const row = (["id", "file"] as const).filter((name) => prediction[name] !== undefined);
  if ("value" in prediction) return lineOf([...row, "value"]);
  const own = [...row, ...("label" in prediction ? ["label", "score"] : ["labels"])];
  const names = Array.from(prediction.probabilities.keys(), (name) =>
    own.includes(name) ? `probability_${name}` : name,
  );
  return lineOf([...own, ...names]);
}

/**
 * Returns a line of predictions.tsv: the label, its probability, and the probabilities of all labels in the order of their
 * ids. For several labels per text, the column `labels` contains the labels separated by commas, and there is no score.
 *
 * @example
 * ```ts
 * import { formatPrediction } from "@bertie/classifier";
 *
 * const probabilities = new Map([["negative", 0.25], ["positive", 0.75]]);
 * const prediction = { guid: "test-0", label: "positive", probabilities };
 * console.log(formatPrediction(prediction)); // positive\t0.750000\t0.250000\t0.750000\n
 * ```
 */
export function formatPrediction(prediction: Prediction): string {
  const row = [prediction.id, prediction.file].filter((cell) => cell !== undefined);
  if ("value" in prediction) return lineOf([...row, format(prediction.value)]);
  const { probabilities } = prediction;
  const all = Array.from(probabilities.values(), format);
  if ("labels" in prediction) return lineOf([...row, prediction.labels.join(","), ...all]);
  return lineOf([...row, prediction.label, format(probabilities.get(prediction.label)!), ...all]);
}

const format = (value: number) => value.toFixed(6);

function lineOf(cells: readonly string[]): string {
  const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };
  return `${cells.map((cell) => cell.replace(/[\\\t\n\r]/g, (character) => escapes[character]!)).join("\t")}\n`;
}
