import { type BadRowCounter, createBadRowCounter } from "./bad-rows.ts";
import { isBlank, readLines } from "./lines.ts";

/** No layout comes near it, and a line of nothing but tabs would take eight times its memory. What follows is left out. */
const MOST_COLUMNS = 1 << 12;

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
 * @param badRows takes lines that cannot be read; by default they are thrown
 * @throws BertieError "input/invalid-utf8" or "input/line-too-long", which name the line
 */
export function readTsv(bytes: Uint8Array, fileName: string, badRows: BadRowCounter = createBadRowCounter()): Tsv {
  const rows: TsvRow[] = [];
  let blankLines = 0;
  for (const { number, text } of readLines(bytes, fileName, badRows.add)) {
    if (isBlank(text)) blankLines++;
    else rows.push({ line: number, cells: text.split("\t", MOST_COLUMNS) });
  }
  return { fileName, rows, blankLines };
}
