import { isBlank, readLines } from "./lines.ts";

export interface TsvRow {
  /** The row's line in the file, counted from 1. */
  readonly line: number;
  /** At least one. */
  readonly cells: readonly string[];
}

export interface Tsv {
  readonly fileName: string;
  /** The header, where the file has one, is the first of them. */
  readonly rows: readonly TsvRow[];
  /** Lines of nothing but white space, which were skipped. */
  readonly blankLines: number;
}

/**
 * Reads tab-separated values: a row a line, columns split at every tab, no quoting (a `"` is a character like any other).
 *
 * @param bytes the file's contents: UTF-8, with or without a byte order mark, lines ended by `\n` or `\r\n`
 * @param fileName what messages call the file
 * @throws BertieError "input/invalid-utf8", which names the line
 */
export function readTsv(bytes: Uint8Array, fileName: string): Tsv {
  const rows: TsvRow[] = [];
  let blankLines = 0;
  for (const { number, text } of readLines(bytes, fileName)) {
    if (isBlank(text)) blankLines++;
    else rows.push({ line: number, cells: text.split("\t") });
  }
  return { fileName, rows, blankLines };
}
