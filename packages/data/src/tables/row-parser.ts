import { BertieError } from "@bertie/common";
import { CARRIAGE_RETURNS } from "../lines.ts";
import type { TableRow } from "../tsv.ts";

/** How the cells of a table are separated and quoted. */
export interface Dialect {
  readonly delimiter: string;
  /** Quotation mark around cells that contain delimiters, line ends or quotes; undefined if quotes are ordinary characters. */
  readonly quote: string | undefined;
  /** Whether a backslash before a quotation mark is an escape, besides doubled quotation marks. */
  readonly backslash: boolean;
  /** Whether spaces may precede a quotation mark at the start of a cell. @default false */
  readonly spaces?: boolean;
  /** Whether lines end with a lone carriage return, as in files of old Macs. */
  readonly carriageReturns: boolean;
}

/** Parser of a table that arrives in pieces. */
export interface RowParser {
  /** Adds text, and returns the rows that it completes. */
  push(text: string): TableRow[];
  /** Returns the last row, if it does not end with a line end. */
  end(): TableRow[];
}

/** Maximum length of a row in characters. A longer row is the result of a quotation mark that is not closed. */
const MAX_ROW_LENGTH = 1 << 22;

/**
 * Creates a parser for the rows of a table. Rows have at least one cell, and blank lines are rows with a blank cell.
 *
 * @param name name of the table in error messages
 * @param onError called with the error of a row whose quotes are wrong; its first line is then skipped
 */
export function createRowParser(
  name: string,
  { delimiter, quote, backslash, spaces = false, carriageReturns }: Dialect,
  onError: (error: BertieError) => void,
): RowParser {
  const lineEnd = carriageReturns ? "\r" : "\n";
  let rest = "";
  /** Length of `rest` at which parsing is tried again, so that a long row is not parsed once per piece. */
  let retryAt = 0;
  let line = 1;
  let rows: TableRow[] = [];

  /** Parses complete rows, and returns the position after the last one. */
  function parse(text: string, isEnd: boolean): number {
    let start = 0;
    let nextQuote = -2;
    while (start < text.length) {
      const found = text.indexOf(lineEnd, start);
      if (found < 0 && !isEnd) return start;
      const end = found < 0 ? text.length : found;
      if (quote !== undefined && nextQuote !== -1 && nextQuote < start) nextQuote = text.indexOf(quote, start);
      if (nextQuote < 0 || nextQuote >= end) {
        rows.push({ line, cells: text.slice(start, trimEnd(text, start, end)).split(delimiter) });
        line++;
        start = end + 1;
        continue;
      }
      const row = quotedRow(text, start, isEnd);
      if (row === undefined) {
        if (text.length - start <= MAX_ROW_LENGTH && !isEnd) return start;
        refuse(`a quoted cell is not closed`);
        start = end + 1;
      } else if (typeof row === "string") {
        refuse(row);
        start = end + 1;
      } else {
        rows.push({ line, cells: row.cells });
        line += 1 + row.lineEnds;
        start = row.end;
      }
    }
    return start;
  }

  function refuse(problem: string): void {
    const fix = ". Fix the quotes in this row, or skip such rows (--on-bad-row skip).";
    const text = `${name}, line ${line}: ${problem}${problem === CARRIAGE_RETURNS ? "" : fix}`;
    onError(new BertieError("input/invalid-csv", text));
    line++;
  }

  /** Excludes the carriage return of `\r\n`. */
  function trimEnd(text: string, start: number, end: number): number {
    return !carriageReturns && end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
  }

  /** Parses a row with quotes. Returns undefined if the row is incomplete, or a problem. */
  function quotedRow(text: string, start: number, isEnd: boolean) {
    const cells: string[] = [];
    let lineEnds = 0;
    let at = start;
    for (;;) {
      if (spaces) at = afterSpaces(text, at);
      if (text[at] === quote) {
        const close = closingQuote(text, at + 1);
        if (close < 0 || (close === text.length - 1 && !isEnd)) return undefined;
        const cell = text.slice(at + 1, close);
        for (let i = cell.indexOf(lineEnd); i >= 0; i = cell.indexOf(lineEnd, i + 1)) lineEnds++;
        cells.push(unescaped(cell));
        at = close + 1;
        while (text[at] === " ") at++;
        if (text[at] === "\r" && text[at + 1] === "\n" && !carriageReturns) at++;
        if (at >= text.length && !isEnd) return undefined;
        if (at >= text.length || text[at] === lineEnd) return { cells, lineEnds, end: at + 1 };
        if (!text.startsWith(delimiter, at)) {
          if (text[at] === "\r" && at + 1 === text.length) return isEnd ? { cells, lineEnds, end: at + 1 } : undefined;
          return text[at] === "\r" ? CARRIAGE_RETURNS : "text follows the closing quote of a cell";
        }
        at += delimiter.length;
      } else {
        const found = text.indexOf(lineEnd, at);
        if (found < 0 && !isEnd) return undefined;
        const rowEnd = found < 0 ? text.length : found;
        const next = text.indexOf(delimiter, at);
        if (next < 0 || next >= rowEnd) {
          cells.push(text.slice(at, trimEnd(text, at, rowEnd)));
          return { cells, lineEnds, end: rowEnd + 1 };
        }
        cells.push(text.slice(at, next));
        at = next + delimiter.length;
      }
    }
  }

  /** Returns the position of a quotation mark after spaces, or the given position. */
  function afterSpaces(text: string, from: number): number {
    let at = from;
    while (text[at] === " ") at++;
    return text[at] === quote ? at : from;
  }

  function closingQuote(text: string, from: number): number {
    let at = from;
    for (;;) {
      const found = text.indexOf(quote!, at);
      if (found < 0) return -1;
      if (backslash && isEscaped(text, from, found)) at = found + 1;
      else if (text[found + 1] === quote) at = found + 2;
      else return found;
    }
  }

  function isEscaped(text: string, from: number, at: number): boolean {
    let start = at;
    while (start > from && text[start - 1] === "\\") start--;
    return (at - start) % 2 === 1;
  }

  function unescaped(cell: string): string {
    const undoubled = cell.includes(quote!) ? cell.replaceAll(quote! + quote!, quote!) : cell;
    if (!backslash || !undoubled.includes("\\")) return undoubled;
    return undoubled.replace(/\\([\\"'])/g, "$1");
  }

  function take(): TableRow[] {
    const taken = rows;
    rows = [];
    return taken;
  }

  return {
    push(text) {
      rest += text;
      if (rest.length < retryAt) return [];
      const end = parse(rest, false);
      rest = rest.slice(end);
      retryAt = end === 0 ? Math.min(rest.length * 2, MAX_ROW_LENGTH + rest.length) : 0;
      return take();
    },
    end() {
      parse(rest, true);
      rest = "";
      return take();
    },
  };
}
