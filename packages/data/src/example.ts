import type { BadRows } from "./bad-rows.ts";

/** A text, or a pair of texts, to classify. */
export interface InputExample {
  /** Names the example in logs: `train-0`. */
  readonly guid: string;
  readonly textA: string;
  readonly textB?: string;
  /** Absent in test rows that have none. */
  readonly label?: string;
  /** Where the example comes from, for messages; the line counts from 1. */
  readonly source?: { readonly fileName: string; readonly line: number };
}

/** What a file holds. */
export interface ExampleSet {
  readonly fileName: string;
  readonly examples: readonly InputExample[];
  /** Lines of nothing but white space, which were skipped. */
  readonly blankLines: number;
  /** Rows that were left out; absent where there are none. */
  readonly badRows?: BadRows;
}
