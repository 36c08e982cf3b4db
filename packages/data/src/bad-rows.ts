import { BertieError } from "@bertie/common";

/** Handling of unusable rows: "fail" throws the error of the first one; "skip" skips and counts them. */
export type OnBadRow = "fail" | "skip";

/** Number of skipped rows, and the first error. */
export interface BadRows {
  /** Number of skipped rows. */
  readonly count: number;
  /** Error message of the first skipped row, with file and line. */
  readonly first: string;
}

/** Counts bad rows and keeps the first error while a file is read. */
export interface BadRowCounter {
  /** Counts a bad row, or throws its error if bad rows are not skipped. */
  readonly add: (error: BertieError) => void;
  /** Returns the skipped rows so far, to be spread into a result: empty if no row was skipped. */
  readonly summary: () => { readonly badRows?: BadRows };
}

/**
 * Creates a counter of bad rows.
 *
 * @param onBadRow @default "fail"
 * @example
 * ```ts
 * import { BertieError } from "@bertie/common";
 * import { createBadRowCounter } from "@bertie/data";
 *
 * const counter = createBadRowCounter("skip");
 * counter.add(new BertieError("input/bad-row", "train.tsv:17: expected 2 columns, found 1."));
 * console.log(counter.summary().badRows?.count); // 1
 * ```
 */
export function createBadRowCounter(onBadRow: OnBadRow = "fail"): BadRowCounter {
  let count = 0;
  let first = "";
  return {
    add: (error) => {
      if (onBadRow === "fail") throw error;
      if (count++ === 0) first = error.message;
    },
    summary: () => (count > 0 ? { badRows: { count, first } } : {}),
  };
}

/**
 * Returns the error for a file without usable rows.
 *
 * @example
 * ```ts
 * import { noRowsError } from "@bertie/data";
 *
 * console.log(noRowsError("train.tsv", undefined).message);
 * // train.tsv: the file has no data rows. Check that it is the right file.
 * ```
 */
export function noRowsError(fileName: string, badRows: BadRows | undefined): BertieError {
  const message =
    badRows === undefined
      ? "the file has no data rows. Check that it is the right file."
      : `the file has no usable data rows (${badRows.count} skipped). First error: ${badRows.first}`;
  return new BertieError("input/no-rows", `${fileName}: ${message}`);
}

/**
 * Describes the skipped rows of a file.
 *
 * @example
 * ```ts
 * import { badRowsNote } from "@bertie/data";
 *
 * console.log(badRowsNote("train.tsv", { count: 2, first: "train.tsv:17: the label is empty." }));
 * // train.tsv: skipped 2 bad rows. First bad row: train.tsv:17: the label is empty.
 * ```
 */
export function badRowsNote(fileName: string, { count, first }: BadRows): string {
  return `${fileName}: skipped ${count} bad row${count === 1 ? "" : "s"}. First bad row: ${first}`;
}

/**
 * Returns the result of `read`, or undefined if it throws a `BertieError`, which is passed to the counter.
 *
 * @example
 * ```ts
 * import { createBadRowCounter, readRow } from "@bertie/data";
 *
 * console.log(readRow(createBadRowCounter("skip"), () => "很好".length)); // 2
 * ```
 */
export function readRow<T>(counter: BadRowCounter, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BertieError)) throw error;
    counter.add(error);
    return undefined;
  }
}
