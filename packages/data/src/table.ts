import { BertieError } from "@bertie/common";
import { decodeTable } from "./table-text.ts";
import { readTsv, type TableRow } from "./tsv.ts";

/** Role of a column: the text, the second text of a pair, the label, or "none" for an ignored column. */
export type Role = "none" | "text" | "pair" | "label";

/** Rows and columns of a table file. */
export interface Table {
  /** Name of the file. */
  readonly name: string;
  /** Rows with at least one non-blank cell, including a header if there is one. */
  readonly rows: readonly TableRow[];
  /** Number of columns of the longest row. */
  readonly columns: number;
}

/** Header and column roles of a table. */
export interface Columns {
  /** Whether the first row is a header. */
  readonly header: boolean;
  /** Role of each column. */
  readonly roles: readonly Role[];
}

/**
 * Reads a TSV or CSV table. A file is read as CSV, with commas, semicolons or tabs as delimiters, if it has the extension .csv
 * or contains no tabs. Any other file is read as TSV: one row per line, without quoting.
 *
 * @param name name of the file, which also determines its format
 * @param bytes contents of the file: UTF-8, UTF-16 with a byte order mark, or GB 18030
 * @throws BertieError "input/no-rows" if the file has no rows
 * @throws BertieError "input/not-text" if the file is binary, such as a spreadsheet
 * @throws BertieError "input/invalid-utf8" if the encoding is not supported
 * @throws BertieError "input/invalid-csv", with the line, if the quotes of a CSV file do not match
 * @example
 * ```ts
 * import { readTable } from "@bertie/data";
 *
 * const { rows } = await readTable("reviews.csv", new TextEncoder().encode("很好,pos\n很差,neg\n"));
 * console.log(rows[1]); // { line: 2, cells: ["很差", "neg"] }
 * ```
 */
export async function readTable(name: string, bytes: Uint8Array): Promise<Table> {
  const text = decodeTable(name, bytes);
  const rows = /\.csv$/i.test(name) || !text.includes("\t") ? await readCsv(name, text) : readRows(name, text);
  if (rows.length === 0)
    throw new BertieError("input/no-rows", `${name}: the file has no rows. Check that it is the right file.`);
  return { name, rows, columns: rows.reduce((most, { cells }) => Math.max(most, cells.length), 0) };
}

function readRows(name: string, text: string): readonly TableRow[] {
  return readTsv(new TextEncoder().encode(text), name).rows;
}

async function readCsv(name: string, text: string): Promise<TableRow[]> {
  // Imported on demand, because papaparse takes as long to load as the rest of this package.
  const { default: papa } = await import("papaparse");
  const { data, errors } = papa.parse<string[]>(text, { delimiter: delimiterOf(text) });
  let line = 1;
  const rows = data.map((cells) => {
    const row = { line, cells };
    line += cells.reduce((ends, cell) => ends + (cell.match(/\n/g)?.length ?? 0), 1);
    return row;
  });
  const quoteError = errors.find(({ type }) => type === "Quotes");
  if (quoteError !== undefined) {
    const errorLine = rows[quoteError.row ?? 0]?.line ?? 1;
    const problem = "a quoted cell is not closed, or text follows its closing quote";
    throw new BertieError("input/invalid-csv", `${name}, line ${errorLine}: ${problem}. Fix the quotes in this row.`);
  }
  return rows.filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
}

/** Returns the delimiter that splits the first rows into the most columns. */
function delimiterOf(text: string): string {
  const unquoted = text.slice(0, 10_000).replace(/"(?:[^"]|"")*"/g, "");
  const lines = unquoted.split("\n").filter((line) => line.trim() !== "");
  // The last line may be truncated, so it only counts if there is no other one.
  const sample = lines.slice(0, Math.max(lines.length - 1, 1)).slice(0, 10);
  const counts = [",", ";", "\t"].map((delimiter) => ({
    delimiter,
    minColumns: Math.min(...sample.map((line) => line.split(delimiter).length)),
  }));
  return counts.sort((a, b) => b.minColumns - a.minColumns)[0]!.delimiter;
}

/** Maximum number of labels. A column with more distinct values contains texts or row numbers. */
export const MAX_LABELS = 100;

/**
 * Guesses the role of each column. The label is the column with the fewest distinct values, if they repeat. The text is the
 * column with the longest cells among the others. The first row is a header if no other row has the same label.
 *
 * @example
 * ```ts
 * import { guessColumns, readTable } from "@bertie/data";
 *
 * const rows = ["房间很干净,good", "毛巾有霉味,bad", "早餐丰富,good", "隔壁太吵,bad"];
 * const table = await readTable("reviews.csv", new TextEncoder().encode(`review,class\n${rows.join("\n")}\n`));
 * console.log(guessColumns(table)); // { header: true, roles: ["text", "label"] }
 * ```
 */
export function guessColumns({ rows, columns }: Table): Columns {
  const sample = rows.slice(0, 2000);
  const stats = Array.from({ length: columns }, (_, column) => {
    const values = sample.slice(1).map(({ cells }) => cells[column] ?? "");
    const length = values.reduce((sum, value) => sum + value.length, 0) / Math.max(values.length, 1);
    return { column, distinct: new Set(values).size, length };
  });
  const candidates = stats.filter(({ distinct }) => distinct >= 2 && distinct <= MAX_LABELS);
  const repeating = candidates.filter(({ distinct }) => distinct <= sample.length / 2);
  const label = repeating.sort((a, b) => a.distinct - b.distinct || a.length - b.length)[0];
  const others = stats.filter(({ column }) => column !== label?.column).sort((a, b) => b.length - a.length);
  const text = others[0];
  const roles = Array.from({ length: columns }, (_, column): Role => {
    if (column === label?.column) return "label";
    return column === text?.column ? "text" : "none";
  });
  const first = label && rows[0]?.cells[label.column];
  const header = label !== undefined && rows.slice(1).every(({ cells }) => cells[label.column] !== first);
  return { header, roles };
}
