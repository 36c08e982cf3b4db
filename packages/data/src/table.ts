import { BertieError } from "@bertie/common";
import { decodeTable } from "./table-text.ts";
import { readTsv, type TableRow } from "./tsv.ts";

/** The contents of a column: the text, the second text of a pair, the label, or something to ignore. */
export type Role = "none" | "text" | "pair" | "label";

export interface Table {
  /** The name of the file. */
  readonly name: string;
  /** Rows with at least one cell that is not blank; the header, if there is one, is the first. */
  readonly rows: readonly TableRow[];
  /** Number of columns of the longest row. */
  readonly columns: number;
}

export interface Columns {
  /** Whether the first row is a header. */
  readonly header: boolean;
  /** The role of each column. */
  readonly roles: readonly Role[];
}

/**
 * Reads a table. A file with tabs has one row per line, without quoting; a file named .csv, or one without any tab, is
 * CSV, separated by commas or semicolons.
 *
 * @param name the name of the file, whose extension counts
 * @throws BertieError "input/no-rows", "input/not-text", "input/invalid-utf8", "input/invalid-csv"
 * @example
 * ```ts
 * const { rows } = await readTable("reviews.csv", new TextEncoder().encode("很好,pos\n很差,neg\n"));
 * rows[1]; // { line: 2, cells: ["很差", "neg"] }
 * ```
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
  // Loaded on demand: papaparse takes as long to load as all of this package.
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
    const what = "a quoted cell is not closed, or text follows its closing quote";
    throw new BertieError("input/invalid-csv", `${name}, line ${at}: ${what}; fix the row`);
  }
  return rows.filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
}

/** Returns the usual delimiter that occurs most often in each of the first rows. */
function delimiterOf(text: string): string {
  const bare = text.slice(0, 10_000).replace(/"(?:[^"]|"")*"/g, "");
  const lines = bare.split("\n").filter((line) => line.trim() !== "");
  // The last line of several may be truncated.
  const sample = lines.slice(0, Math.max(lines.length - 1, 1)).slice(0, 10);
  const counts = [",", ";", "\t"].map((delimiter) => ({
    delimiter,
    least: Math.min(...sample.map((line) => line.split(delimiter).length)),
  }));
  return counts.sort((a, b) => b.least - a.least)[0]!.delimiter;
}

/** A column with more different values than this is not a label, but text or row numbers. */
export const MAX_LABELS = 100;

/**
 * Guesses what each column holds. The label is the column with the fewest different values, if they repeat; the text is
 * the one with the longest cells of the others. The first row is a header if no other row has its label.
 */
export function guessColumns({ rows, columns }: Table): Columns {
  const sample = rows.slice(0, 2000);
  const facts = Array.from({ length: columns }, (_, column) => {
    const values = sample.slice(1).map(({ cells }) => cells[column] ?? "");
    const length = values.reduce((sum, value) => sum + value.length, 0) / Math.max(values.length, 1);
    return { column, different: new Set(values).size, length };
  });
  const labels = facts.filter(({ different }) => different >= 2 && different <= MAX_LABELS);
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
