import type { ProblemType } from "@bertie/common";
import type { CheckedSet, DataSummary, SetSummary } from "./summary.ts";

/** Thresholds of the data check. Shares are fractions from 0 to 1. */
export const thresholds = {
  /** Minimum number of rows for a judgment about how often labels repeat. */
  rows: 10,
  /** Labels per row above which the label column does not contain classes. */
  uniqueLabels: 0.5,
  /** Mean length of labels in characters above which labels that never repeat are texts. */
  textLabelLength: 20,
  /** Texts per row up to which texts repeat like classes. */
  repeatedTexts: 0.5,
  /** Share of rows with additional columns above which the file has another layout. */
  extraColumns: 0.5,
  /** Mean length of the texts relative to the first text from which the first text can be the name of a column. */
  headerLength: 3,
  /** Rows of the largest class per row of the smallest class above which the classes are imbalanced. */
  imbalance: 10,
  /** Share of truncated texts above which they are a problem. */
  truncated: 0.1,
  /** Share of [UNK] tokens above which the vocabulary fits badly. */
  unknown: 0.1,
  /** Share of [UNK] tokens above which the vocabulary does not fit at all. */
  mostlyUnknown: 0.5,
  /** Share of evaluation rows in the training set above which the evaluation measures memory. */
  mostlyOverlapping: 0.5,
  /** Share of duplicate rows above which they are a problem. */
  duplicates: 0.01,
  /** Share of empty texts above which the text column is wrong. */
  emptyTexts: 0.5,
} as const;

/** Code of a problem: its group and its name. */
export type ProblemCode = `${string}/${string}`;

/** Problem that the data check found. */
export interface Problem {
  /** An "error" would make a bad classifier, so a run stops; a "warning" is shown. */
  readonly level: "error" | "warning";
  /** Stable code: `input/…`, a code of `BertieError`, or `check/…`. */
  readonly code: ProblemCode;
  /** What is wrong and where, what was expected, and how to fix it, on one line. */
  readonly message: string;
}

/** Settings of a run that decide whether a finding is a problem. */
export interface CheckContext {
  /** Whether the user has stated that the files have a header, or that they have none. @default undefined: it was guessed */
  readonly header?: boolean | undefined;
  /** Labels of the task or of a fine-tuned model, which the training set need not contain. @default labels of the training set */
  readonly knownLabels?: readonly string[] | undefined;
  /** Number of folds of cross-validation. */
  readonly folds?: number | undefined;
  /** Handling of long texts (`--long-text`). @default "truncate" */
  readonly longText?: string | undefined;
  /** Whether class weights are set (`--class-weights`). @default false */
  readonly classWeights?: boolean | undefined;
  /** Whether rows with unknown labels are skipped (`--on-bad-row skip`). @default false */
  readonly skipBadRows?: boolean | undefined;
}

/** Problems of one kind. */
export type FindProblems = (summary: DataSummary, context: CheckContext) => Problem[];

/** Returns an error in a list, or an empty list if there is none. */
export function errorIf(found: boolean, code: ProblemCode, message: () => string): Problem[] {
  return found ? [{ level: "error", code, message: message() }] : [];
}

/** Returns a warning in a list, or an empty list if there is none. */
export function warningIf(found: boolean, code: ProblemCode, message: () => string): Problem[] {
  return found ? [{ level: "warning", code, message: message() }] : [];
}

/** Returns the files of a set for a message: `train.tsv`, or `train (3 files)`. */
export function nameOf(summary: DataSummary, set: CheckedSet): string {
  const names = summary.files.filter((file) => file.set === set).map(({ fileName }) => fileName);
  return names.length === 1 ? names[0]! : names.length === 0 ? set : `${set} (${names.length} files)`;
}

/** Returns the set with the given name. */
export function setOf(summary: DataSummary, name: CheckedSet): SetSummary | undefined {
  return summary.sets.find(({ set }) => set === name);
}

/** Returns the sets whose labels matter: test sets may have placeholders instead of labels. */
export function labeledSets(summary: DataSummary): readonly SetSummary[] {
  return summary.sets.filter(({ set, labels }) => set !== "test" && labels.length > 0);
}

/**
 * Returns a share as a percentage with one decimal.
 *
 * @example
 * ```ts
 * import { percent } from "@bertie/data";
 *
 * console.log(percent(0.82)); // 82.0%
 * ```
 */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

/** Returns a count with its noun: `1 row`, `12 rows`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** Returns whether the problem is a classification. */
export function isClassification(problemType: ProblemType): boolean {
  return problemType !== "regression";
}
