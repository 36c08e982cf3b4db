import { type BadRowCounter, createBadRowCounter } from "./bad-rows.ts";
import { isBlank, readLines } from "./lines.ts";

/** Maximum number of columns per row. Further columns are dropped, because a line of tabs would take much memory. */
const MAX_COLUMNS = 1 << 12;

/** Row of a table. */
export interface TableRow {
  /** Line of the file on which the row starts, counted from 1. */
  readonly line: number;
  /** Cells of the row, at least one. */
  readonly cells: readonly string[];
}

/** Contents of a TSV file. */
export interface Tsv {
  readonly fileName: string;
  /** All rows, including the header if the file has one. */
  readonly rows: readonly TableRow[];
  /** Number of skipped lines that contain only white space. */
  readonly blankLines: number;
}

/**
 * Reads tab-separated values: one row per line, columns separated by tabs, no quoting (`"` is an ordinary character).
 *
 * @param bytes contents of the file: UTF-8, with or without a byte order mark, lines ended by `\n` or `\r\n`
 * @param fileName name of the file in error messages
 * @throws BertieError "input/invalid-utf8" or "input/line-too-long", with the line
 * @example
 * ```ts
 * import { readTsv } from "@bertie/data";
 *
 * const { rows } = readTsv(new TextEncoder().encode("positive\t很好\nnegative\t很差\n"), "train.tsv");
 * console.log(rows[1]); // { line: 2, cells: ["negative", "很差"] }
 * ```
 */
export function readTsv(bytes: Uint8Array, fileName: string): Tsv {
  let blankLines = 0;
  const onBlankLine = () => {
    blankLines++;
  };
  const rows = [...tsvRows(bytes, fileName, createBadRowCounter(), onBlankLine)];
  return { fileName, rows, blankLines };
}

/** Yields the rows of {@link readTsv} one by one, because all rows of a large file take more memory than its bytes. */
export function* tsvRows(
  bytes: Uint8Array,
  fileName: string,
  badRows: BadRowCounter,
  onBlankLine: () => void = () => {},
): Generator<TableRow> {
  for (const { number, text } of readLines(bytes, fileName, badRows.add)) {
    if (isBlank(text)) onBlankLine();
    else yield { line: number, cells: text.split("\t", MAX_COLUMNS) };
  }
}
