import { BertieError } from "@bertie/common";
import { type BadRowCounter, createBadRowCounter, type OnBadRow } from "../bad-rows.ts";
import { isBlank } from "../lines.ts";
import type { TableRow } from "../tsv.ts";
import { removeMarks } from "./byte-order-marks.ts";
import { decodeStream } from "./decode-stream.ts";
import { createRowParser, type Dialect } from "./row-parser.ts";
import type { Content, TableSummary } from "./types.ts";

/** How the rows of a text file are read. */
export interface TextRowOptions {
  readonly encoding: string;
  readonly dialect: Dialect;
  /** Number of rows before the data: a header, and the line in which Excel names the delimiter. */
  readonly skippedRows: number;
  readonly onBadRow: OnBadRow;
  /**
   * Checks and converts a row.
   *
   * @throws BertieError "input/…" if the row is unusable
   */
  readonly convert: (row: TableRow) => TableRow;
}

/** Rows of a text file, and their counts. */
export interface TextRows {
  rows(): AsyncGenerator<TableRow>;
  summary(): TableSummary;
}

/** Dialect of files with one text or one JSON object per line. */
export function lineDialect(text: string): Dialect {
  const carriageReturns = text.includes("\r") && !text.includes("\n");
  return { delimiter: carriageReturns ? "\r" : "\n", quote: undefined, backslash: false, carriageReturns };
}

/** Reads the rows of a text file as a stream. Rows whose cells are all blank are skipped. */
export function createTextRows(content: Content, options: TextRowOptions): TextRows {
  const { encoding, dialect, skippedRows, onBadRow, convert } = options;
  let last: Counts | undefined;

  async function* rows(): AsyncGenerator<TableRow> {
    const counts: Counts = { rows: 0, blankLines: 0, marks: 0, badRows: createBadRowCounter(onBadRow) };
    last = counts;
    const { add } = counts.badRows;
    const parser = createRowParser(content.name, dialect, add);
    let left = skippedRows;
    function* accepted(parsed: readonly TableRow[]): Generator<TableRow> {
      for (const row of parsed) {
        if (row.cells.every(isBlank)) counts.blankLines++;
        else if (left > 0) left--;
        else {
          const converted = tryConvert(row, convert, add);
          if (converted === undefined) continue;
          counts.rows++;
          yield converted;
        }
      }
    }
    const onMark = () => {
      counts.marks++;
    };
    for await (const text of decodeStream(content.stream(), { name: content.name, encoding, onError: add }))
      yield* accepted(parser.push(removeMarks(text, onMark)));
    yield* accepted(parser.end());
  }

  return { rows, summary: () => summaryOf(content.name, last) };
}

interface Counts {
  rows: number;
  blankLines: number;
  marks: number;
  readonly badRows: BadRowCounter;
}

function tryConvert(row: TableRow, convert: TextRowOptions["convert"], onError: (error: BertieError) => void) {
  try {
    return convert(row);
  } catch (error) {
    if (!(error instanceof BertieError)) throw error;
    onError(error);
    return undefined;
  }
}

function summaryOf(name: string, counts: Counts | undefined): TableSummary {
  const { rows = 0, blankLines = 0, marks = 0 } = counts ?? {};
  const { badRows } = counts?.badRows.summary() ?? {};
  const notes: string[] = [];
  const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
  if (blankLines > 0) notes.push(`${name}: skipped ${plural(blankLines, "blank line")}`);
  if (marks > 0)
    notes.push(`${name}: removed ${plural(marks, "byte order mark")} within the file. It may be several joined files.`);
  if (badRows) notes.push(`${name}: skipped ${plural(badRows.count, "bad row")}. First bad row: ${badRows.first}`);
  return { rows, blankLines, ...(badRows && { badRows }), notes };
}

/**
 * Parses the rows at the start of a text, without blank rows.
 *
 * @param complete whether the text is whole, so that its last row ends with it
 */
export function parseSample(text: string, dialect: Dialect, complete: boolean): TableRow[] {
  const parser = createRowParser("", dialect, () => {});
  const rows = [...parser.push(text), ...(complete ? parser.end() : [])];
  return rows.filter(({ cells }) => !cells.every(isBlank)).slice(0, SAMPLE_ROWS);
}

/** Maximum number of rows of a sample. */
export const SAMPLE_ROWS = 5000;
