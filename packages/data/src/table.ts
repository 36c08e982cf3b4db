import { BertieError } from "@bertie/common";
import { type InputExample, readTsv } from "@bertie/data";
import { decodeTable } from "./table-text.ts";

/** What a column of a table holds. */
export type Role = "none" | "text" | "pair" | "label";

export interface Table {
  readonly name: string;
  readonly rows: readonly TableRow[];
  readonly columns: number;
}

export interface TableRow {
  /** Counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface Columns {
  readonly header: boolean;
  /** One for each column. */
  readonly roles: readonly Role[];
}

/**
 * Reads a table: with tabs, a row a line and no quoting; of a file named .csv, or one without any tab, with commas or
 * semicolons and quotes.
 *
 * @throws BertieError "input/no-rows", "input/not-text", "input/invalid-utf8", "input/invalid-csv"
 */
export async function readTable(name: string, bytes: Uint8Array): Promise<Table> {
  const text = decodeTable(name, bytes);
  const rows = /\.csv$/i.test(name) || !text.includes("\t") ? await readCsv(name, text) : readRows(name, text);
  if (rows.length === 0) throw new BertieError("input/no-rows", `${name}: the file has no rows`);
  return { name, rows, columns: rows.reduce((most, { cells }) => Math.max(most, cells.length), 0) };
}

function readRows(name: string, text: string): readonly TableRow[] {
  return readTsv(new TextEncoder().encode(text), name).rows;
}

async function readCsv(name: string, text: string): Promise<TableRow[]> {
  const { default: papa } = await import("papaparse");
  const { data, errors } = papa.parse<string[]>(text, { delimiter: delimiterOf(text) });
  let line = 1;
  const rows = data.map((cells) => {
    const row = { line, cells };
    line += cells.reduce((ends, cell) => ends + (cell.match(/\n/g)?.length ?? 0), 1);
    return row;
  });
  const fault = errors.find(({ type }) => type === "Quotes");
  if (fault !== undefined) {
    const at = rows[fault.row ?? 0]?.line ?? 1;
    const what = "a cell begins with a quote that is not closed, or text follows one that is";
    throw new BertieError("input/invalid-csv", `${name}, line ${at}: ${what}; mend the row`);
  }
  return rows.filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
}

/** The one of the usual delimiters that the first rows have most of, each of them. */
function delimiterOf(text: string): string {
  const bare = text.slice(0, 10_000).replace(/"(?:[^"]|"")*"/g, "");
  const lines = bare.split("\n").filter((line) => line.trim() !== "");
  // The last of several may be cut off.
  const sample = lines.slice(0, Math.max(lines.length - 1, 1)).slice(0, 10);
  const counts = [",", ";", "\t"].map((delimiter) => ({
    delimiter,
    least: Math.min(...sample.map((line) => line.split(delimiter).length)),
  }));
  return counts.sort((a, b) => b.least - a.least)[0]!.delimiter;
}

/** More labels than this are none. */
const MOST_LABELS = 100;

/**
 * Guesses what the columns hold: the label is the column with the fewest different values, if they repeat; the text is
 * the longest of the others. The first row is a header if its label is no other row's.
 */
export function guessColumns({ rows, columns }: Table): Columns {
  const sample = rows.slice(0, 2000);
  const facts = Array.from({ length: columns }, (_, column) => {
    const values = sample.slice(1).map(({ cells }) => cells[column] ?? "");
    const length = values.reduce((sum, value) => sum + value.length, 0) / Math.max(values.length, 1);
    return { column, different: new Set(values).size, length };
  });
  const labels = facts.filter(({ different }) => different >= 2 && different <= MOST_LABELS);
  const repeating = labels.filter(({ different }) => different <= sample.length / 2);
  const label = repeating.sort((a, b) => a.different - b.different || a.length - b.length)[0];
  const others = facts.filter(({ column }) => column !== label?.column).sort((a, b) => b.length - a.length);
  const text = others[0];
  const roles = Array.from({ length: columns }, (_, column): Role => {
    if (column === label?.column) return "label";
    return column === text?.column ? "text" : "none";
  });
  const first = label && rows[0]?.cells[label.column];
  const header = label !== undefined && rows.slice(1).every(({ cells }) => cells[label.column] !== first);
  return { header, roles };
}

/**
 * The rows of a table as examples.
 *
 * @throws BertieError "input/no-column", "input/short-row", "input/empty-label", "input/no-rows"
 */
export function examplesOf({ name, rows }: Table, { header, roles }: Columns): InputExample[] {
  const [text, pair, label] = (["text", "pair", "label"] as const).map((role) => roles.indexOf(role));
  if (text! < 0 || label! < 0)
    throw new BertieError("input/no-column", `${name}: say which column holds the text, and which the label`);
  const examples = rows.slice(header ? 1 : 0).map(({ line, cells }, i) => {
    const cell = (column: number) => {
      const value = cells[column];
      if (value !== undefined) return value;
      const found = `the row has ${cells.length} columns, and column ${column + 1} is needed`;
      throw new BertieError("input/short-row", `${name}, line ${line}: ${found}; mend or delete the row`);
    };
    if (cell(label!) === "") {
      const fault = `${name}, line ${line}, column ${label! + 1}: the label is empty; fill it in or delete the row`;
      throw new BertieError("input/empty-label", fault);
    }
    return {
      guid: `row-${i}`,
      textA: cell(text!),
      ...(pair! >= 0 && { textB: cell(pair!) }),
      label: cell(label!),
      source: { fileName: name, line },
    };
  });
  if (examples.length === 0) throw new BertieError("input/no-rows", `${name}: the file has no rows of data`);
  return examples;
}
