import type { ProblemType } from "@bertie/common";
import type { LengthSummary } from "./lengths.ts";
import type { Duplicates } from "./row-hashes.ts";

/** Sets that a data check knows, in the order of the summary. */
export const checkedSets = ["train", "dev", "test"] as const;

/** Name of a set of a data check. */
export type CheckedSet = (typeof checkedSets)[number];

/** Facts about a file that its examples do not show. */
export interface FileFacts {
  readonly fileName: string;
  /** Number of skipped rows that contain only white space. */
  readonly blankRows?: number;
  /** Number of skipped rows that cannot be used. */
  readonly badRows?: number;
  /** Number of labels that had white space at their ends, which was removed. */
  readonly trimmedLabels?: number;
  /** Number of rows with more columns than the layout has. */
  readonly extraColumnRows?: number;
}

/** First row of a file, as it was understood. Long texts are truncated. */
export interface FirstRow {
  readonly text: string;
  readonly pair?: string;
  /** Label; several labels are separated by commas, and a value is written as a number. */
  readonly label?: string;
}

/** Summary of a file. */
export interface FileSummary extends Required<FileFacts> {
  readonly set: CheckedSet;
  readonly rows: number;
  readonly first: FirstRow | undefined;
}

/** Label with its number of rows. */
export interface LabelCount {
  readonly label: string;
  readonly rows: number;
  /** Line of the first row with the label, if the examples have lines. */
  readonly line?: number;
}

/** Summary of the values of a regression. */
export interface ValueSummary {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly standardDeviation: number;
}

/** Summary of a set. */
export interface SetSummary extends Duplicates {
  readonly set: CheckedSet;
  readonly rows: number;
  /** Number of rows without a label. */
  readonly unlabeledRows: number;
  /** Labels, most frequent first; at most 1,000. */
  readonly labels: readonly LabelCount[];
  /** Number of different labels; counted up to 100,000. */
  readonly distinctLabels: number;
  /** Values of a regression; absent for other problems. */
  readonly values?: ValueSummary;
  /** Number of rows whose label and text are both names of columns, such as `label` and `text`. */
  readonly headerRows: number;
  /** Number of rows in which a text is empty or contains only white space. */
  readonly emptyTexts: number;
  /** Number of single texts with a tab. */
  readonly textsWithTab: number;
  /** Mean length of the texts in characters. */
  readonly meanTextLength: number;
  /** Mean length of the labels in characters. */
  readonly meanLabelLength: number;
  /** Lengths of the texts or pairs; absent if the set is empty. */
  readonly lengths?: LengthSummary;
  /** Fraction of the tokens that are [UNK], from 0 to 1; absent without a tokenizer. */
  readonly unknownShare?: number;
}

/** Rows of an evaluation set whose text also occurs in the training set. */
export interface OverlapSummary {
  readonly set: CheckedSet;
  readonly rows: number;
  /** Rows whose text is exactly the same. */
  readonly exact: number;
  /** Rows whose text is the same except for case, width, invisible characters and outer white space; includes exact rows. */
  readonly folded: number;
}

/** Summary of the data of a run. Contains only plain JSON values. */
export interface DataSummary {
  readonly problemType: ProblemType;
  readonly files: readonly FileSummary[];
  readonly sets: readonly SetSummary[];
  readonly overlaps: readonly OverlapSummary[];
  /** Unit of the lengths: tokens with special tokens, or characters without a tokenizer. */
  readonly lengthUnit: "tokens" | "characters";
  /** Maximum length in tokens; longer texts are truncated. Absent without a tokenizer. */
  readonly maxLength?: number;
}

/**
 * Returns a summary for run.json: the same values under names in snake case.
 *
 * @example
 * ```ts
 * import { createDataCheck, dataRecord } from "@bertie/data";
 *
 * const check = createDataCheck();
 * check.add("train", { guid: "train-0", textA: "很好", label: "positive" });
 * console.log(dataRecord(check.finish()).length_unit); // "characters"
 * ```
 */
export function dataRecord(summary: DataSummary): Record<string, unknown> {
  return inSnakeCase(summary) as Record<string, unknown>;
}

function inSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inSnakeCase);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      inSnakeCase(member),
    ]),
  );
}
