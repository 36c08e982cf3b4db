import { BertieError } from "@bertie/common";
import { type ColumnStatistics, columnStatistics } from "./tables/cells.ts";
import { chooseColumns, MAX_LABELS } from "./tables/choose-columns.ts";
import { detectHeader } from "./tables/detect-header.ts";
import { openTable } from "./tables/open-table.ts";
import { bytesSource } from "./tables/source.ts";
import type { TableOptions } from "./tables/types.ts";
import type { TableRow } from "./tsv.ts";

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
  /** Whether the first row is a header, if the format of the file says so; undefined for CSV, TSV and text. */
  readonly header?: boolean;
}

/** Header and column roles of a table. */
export interface Columns {
  /** Whether the first row is a header. */
  readonly header: boolean;
  /** Role of each column. */
  readonly roles: readonly Role[];
}

/**
 * Reads a table into memory, like `openTable()`. The rows include the header, if there is one.
 *
 * @param name name of the file, which hints at its format
 * @param bytes contents of the file
 * @param options format, encoding and delimiter, if they are not to be detected
 * @throws BertieError "input/no-rows" if the file has no rows, and the errors of `openTable()`
 * @example
 * ```ts
 * import { readTable } from "@bertie/data";
 *
 * const { rows } = await readTable("reviews.csv", new TextEncoder().encode("很好,pos\n很差,neg\n"));
 * console.log(rows[1]); // { line: 2, cells: ["很差", "neg"] }
 * ```
 */
export async function readTable(
  name: string,
  bytes: Uint8Array,
  options: Omit<TableOptions, "header"> = {},
): Promise<Table> {
  const table = await openTable(bytesSource(name, bytes), { ...options, header: false });
  const rows: TableRow[] = table.header ? [{ line: 0, cells: table.columns }] : [];
  for await (const row of table.rows()) rows.push(row);
  if (rows.length === 0)
    throw new BertieError("input/no-rows", `${name}: the file has no rows. Check that it is the right file.`);
  return { name, rows, columns: table.columns.length, ...(table.header && { header: true }) };
}

/**
 * Guesses the role of each column with the rules of {@link chooseColumns}. Where several columns fit, the label is the column
 * with the fewest distinct values, if they repeat, and the text is the column with the longest cells among the others.
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
export function guessColumns({ name, rows, columns: count, header: known }: Table): Columns {
  const sample = rows.slice(0, 2000);
  const header = known ?? detectHeader(sample.map(({ cells }) => cells)).header;
  const data = sample.slice(header ? 1 : 0);
  const indices = Array.from({ length: count }, (_, column) => column);
  const columns = indices.map((column) => (header ? (rows[0]?.cells[column] ?? "") : `column ${column + 1}`));
  const complete = sample.length === rows.length;
  const { text, pair, label } = choose({ name, header, columns, sample: data, complete });
  const roles = indices.map((column): Role => {
    if (column === label) return "label";
    return column === pair ? "pair" : column === text ? "text" : "none";
  });
  return { header, roles };
}

function choose(table: Parameters<typeof chooseColumns>[0]) {
  try {
    const { text, pair, labels } = chooseColumns(table, {});
    return { text, pair, label: labels[0] };
  } catch (error) {
    if (!(error instanceof BertieError)) throw error;
    const cells = table.sample.map((row) => row.cells);
    const columns = table.columns.map((_, index) => ({ index, ...columnStatistics(cells, index) }));
    const repeats = ({ distinct }: ColumnStatistics) =>
      distinct >= 2 && distinct <= MAX_LABELS && distinct <= cells.length / 2;
    const label = columns.filter(repeats).sort((a, b) => a.distinct - b.distinct || a.meanLength - b.meanLength)[0];
    const others = columns.filter(({ index }) => index !== label?.index);
    const text = others.sort((a, b) => b.meanLength - a.meanLength)[0];
    return { text: text?.index, pair: undefined, label: label?.index };
  }
}
