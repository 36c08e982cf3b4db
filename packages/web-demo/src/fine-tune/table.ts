import { BertieError } from "@bertie/common";
import { type InputExample, readTsv } from "@bertie/data";

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
 * Reads a table: of a file named .csv with commas or semicolons and quotes, else with tabs.
 *
 * @throws BertieError "input/no-rows", "input/invalid-utf8"
 */
export async function readTable(name: string, bytes: Uint8Array): Promise<Table> {
  const rows = /\.csv$/i.test(name) ? await readCsv(name, bytes) : readTsv(bytes, name).rows;
  if (rows.length === 0) throw new BertieError("input/no-rows", `${name}: the file has no rows`);
  return { name, rows, columns: rows.reduce((most, { cells }) => Math.max(most, cells.length), 0) };
}

async function readCsv(name: string, bytes: Uint8Array): Promise<TableRow[]> {
  const { default: papa } = await import("papaparse");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const fault = `${name}: the file is not valid UTF-8; save it as UTF-8`;
    throw new BertieError("input/invalid-utf8", fault, { cause });
  }
  const { data } = papa.parse<string[]>(text, { skipEmptyLines: "greedy" });
  return data.map((cells, i) => ({ line: i + 1, cells }));
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
