import { type BadRowCounter, createBadRowCounter } from "./bad-rows.ts";
import { isBlank, readLines } from "./lines.ts";

/** No layout comes near it, and a line of nothing but tabs would take eight times its memory. What follows is left out. */
const MOST_COLUMNS = 1 << 12;

export interface TableRow {
  /** The line of the file on which the row starts, counted from 1. */
  readonly line: number;
  /** At least one. */
  readonly cells: readonly string[];
}

export interface Tsv {
  readonly fileName: string;
  /** The header, where the file has one, is the first of them. */
  readonly rows: readonly TableRow[];
  /** Lines of nothing but white space, which were skipped. */
  readonly blankLines: number;
}

/**
 * Reads tab-separated values: a row a line, columns split at every tab, no quoting (a `"` is a character like any other).
 *
 * @param bytes the file's contents: UTF-8, with or without a byte order mark, lines ended by `\n` or `\r\n`
 * @param fileName what messages call the file
 * @throws BertieError "input/invalid-utf8" or "input/line-too-long", which name the line
 */
export function readTsv(bytes: Uint8Array, fileName: string): Tsv {
  let blankLines = 0;
  const onBlankLine = () => {
    blankLines++;
  };
  const rows = [...tsvRows(bytes, fileName, createBadRowCounter(), onBlankLine)];
  return { fileName, rows, blankLines };
}

/** The same, a row at a time: a file may have far more rows than can be used, and each takes more memory than its bytes. */
export function* tsvRows(
  bytes: Uint8Array,
  fileName: string,
  badRows: BadRowCounter,
  onBlankLine: () => void = () => {},
): Generator<TableRow> {
  for (const { number, text } of readLines(bytes, fileName, badRows.add)) {
    if (isBlank(text)) onBlankLine();
    else yield { line: number, cells: text.split("\t", MOST_COLUMNS) };
  }
}
