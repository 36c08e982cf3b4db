import type { BadRows } from "./bad-rows.ts";

/** A text or a pair of texts to classify. */
export interface InputExample {
  /** Name of the example in logs, such as `train-0`. */
  readonly guid: string;
  readonly textA: string;
  readonly textB?: string;
  /** Label of single-label classification. Absent in test rows without a label. */
  readonly label?: string;
  /** Labels of multi-label classification, in any order; may be empty. Absent for other problems and in test rows. */
  readonly labels?: readonly string[];
  /** Target of regression. Absent for other problems and in test rows. */
  readonly value?: number;
  /** Id of the row in its table; absent if the table has no column of ids. */
  readonly id?: string;
  /** Group of the example, such as an author. Splits keep the examples of a group together. */
  readonly group?: string;
  /** File and line of the example, for messages. Lines are counted from 1. */
  readonly source?: { readonly fileName: string; readonly line: number };
}

/** Examples of one file. */
export interface ExampleSet {
  readonly fileName: string;
  readonly examples: readonly InputExample[];
  /** Number of skipped lines that contain only white space. */
  readonly blankLines: number;
  /** Number of labels that had white space at their ends, which was removed; absent if there are none. */
  readonly trimmedLabels?: number;
  /** Number of rows with more columns than the layout has; absent if there are none. */
  readonly extraColumnRows?: number;
  /** Skipped rows; absent if no row was skipped. */
  readonly badRows?: BadRows;
}
