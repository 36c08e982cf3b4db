import { BertieError } from "@bertie/common";
import { CARRIAGE_RETURNS, hasCarriageReturn, isBlank } from "../lines.ts";
import type { TableRow } from "../tsv.ts";
import { quoted } from "./cells.ts";
import type { DecodedHead } from "./content-encoding.ts";
import { type DialectGuess, detectDialect } from "./detect-dialect.ts";
import { jsonFormatOf, type TableFormat } from "./detect-format.ts";
import { detectHeader } from "./detect-header.ts";
import { isHeaderOf, type NamedColumns } from "./table-layout.ts";
import { createTextRows, lineDialect, parseSample, SAMPLE_ROWS } from "./text-rows.ts";
import type { Content, OpenTable, TableOptions } from "./types.ts";

/** Share of the rows that must have the same number of columns in a file whose name does not say that it is a table. */
const CONSISTENT = 0.98;
/** First line in which Excel names the delimiter of the other lines. */
const SEPARATOR_LINE = /^sep=(.)\r?\n/i;

/**
 * Opens a CSV or TSV table, or a file with one text per line.
 *
 * @param format requested format, or the format that the name suggests; detected if undefined
 */
export function openDelimited(
  content: Content,
  decoded: DecodedHead,
  format: Exclude<TableFormat, "json" | "jsonl" | "parquet"> | "parquet" | undefined,
  options: TableOptions,
): OpenTable {
  const { name } = content;
  const separator = SEPARATOR_LINE.exec(decoded.text);
  const text = decoded.text.slice(separator?.[0].length ?? 0);
  const requested = {
    delimiter: delimiterOf(options.delimiter) ?? separator?.[1],
    quote: options.quote,
    complete: content.complete,
  };
  const guess =
    format === "text" ? undefined : detectDialect(text, { ...requested, expected: expectedDelimiter(format) });
  if (guess === undefined || (format === undefined && requested.delimiter === undefined && !isTable(guess)))
    return openLines(content, decoded, options);
  if (guess.rival !== undefined) {
    const [first, second] = [guess.delimiter, guess.rival].map(delimiterName);
    const problem = `the columns may be delimited by ${first} or by ${second}`;
    throw new BertieError("input/doubtful-delimiter", `${name}: ${problem}. Name the delimiter (--delimiter).`);
  }
  const all = parseSample(text, guess, content.complete);
  const header = options.header ?? headerOf(name, all, options.like);
  if (header && content.complete && all.length === 1)
    throw new BertieError(
      "input/no-rows",
      `${name}: the file has a header, but no rows. Check that it is the right file.`,
    );
  const columns = namesOf(header ? all[0]?.cells : undefined, guess.columns);
  const convert = rowConverter(name, guess);
  const { rows, summary } = createTextRows(content, {
    encoding: decoded.encoding,
    dialect: guess,
    skippedRows: (separator === null ? 0 : 1) + (header ? 1 : 0),
    onBadRow: options.onBadRow ?? "fail",
    convert,
  });
  const lineOffset = separator === null ? 0 : 1;
  const sample = all.slice(header ? 1 : 0).flatMap(({ line, cells }) => {
    const kept = fit(cells, guess.columns);
    return kept === undefined ? [] : [{ line: line + lineOffset, cells: kept }];
  });
  const kind = kindOf(guess);
  return {
    name,
    format: kind,
    encoding: decoded.encoding,
    compression: content.compression,
    delimiter: guess.delimiter,
    quote: guess.quote,
    header,
    columns,
    guesses: [`${name}: ${describe(guess, kind, decoded)}, ${header ? "with" : "without"} a header`],
    sample,
    complete: content.complete && all.length < SAMPLE_ROWS,
    rows,
    summary,
  };
}

function delimiterOf(requested: string | undefined): string | undefined {
  if (requested === undefined) return undefined;
  return /^(tab|\\t)$/i.test(requested) ? "\t" : requested;
}

function expectedDelimiter(format: TableFormat | undefined): string | undefined {
  return format === "tsv" ? "\t" : format === "csv" ? "," : undefined;
}

/**
 * Returns the format of a table that lines look like; undefined if they are probably one text per line.
 *
 * @param text first lines of a file
 *
 * @example
 * ```ts
 * import { probableFormat } from "@bertie/data";
 *
 * console.log(probableFormat('{"text": "clean"}\n{"text": "loud"}\n'), probableFormat("clean\nloud, sadly\n"));
 * // jsonl undefined
 * ```
 */
export function probableFormat(text: string): "csv" | "tsv" | "json" | "jsonl" | undefined {
  if (text.trim() === "") return undefined;
  const json = jsonFormatOf(text);
  if (json !== undefined) return json;
  const guess = detectDialect(text, { complete: false });
  return isTable(guess) ? kindOf(guess) : undefined;
}

function kindOf({ delimiter }: DialectGuess): "csv" | "tsv" {
  return delimiter === "\t" ? "tsv" : "csv";
}

/** Returns whether the lines of a file with an unknown extension are rows, rather than prose that contains the delimiter. */
function isTable({ columns, consistency, structured, delimiter }: DialectGuess): boolean {
  return columns > 1 && consistency >= CONSISTENT && (structured || delimiter === "\t");
}

function headerOf(name: string, rows: readonly TableRow[], like: NamedColumns | undefined): boolean {
  if (like !== undefined && isHeaderOf(like, rows[0]?.cells ?? [])) return true;
  const { header, confidence } = detectHeader(rows.map(({ cells }) => cells));
  if (confidence === "certain") return header;
  if (like?.header === false && like.columns.length === rows[0]!.cells.length) return false;
  const row = rows[0]!.cells.slice(0, 5).map(quoted).join(", ");
  const problem = `the first row (${row}) may be a header or data`;
  throw new BertieError("input/doubtful-header", `${name}: ${problem}. Set --header or --no-header.`);
}

function namesOf(header: readonly string[] | undefined, count: number): string[] {
  return Array.from({ length: count }, (_, column) => {
    const name = header?.[column]?.trim() ?? "";
    return name === "" ? `column ${column + 1}` : name;
  });
}

function delimiterName(delimiter: string): string {
  return delimiter === "\t" ? "tabs" : JSON.stringify(delimiter);
}

function describe(guess: DialectGuess, kind: "csv" | "tsv", { label }: DecodedHead): string {
  const { delimiter, quote, backslash, carriageReturns, columns } = guess;
  const usualQuote = kind === "csv" ? '"' : undefined;
  const parts = [
    `${kind.toUpperCase()}, ${label}`,
    columns > 1 && kind === "csv" ? `delimited by ${delimiterName(delimiter)}` : undefined,
    columns > 1 ? undefined : "one column",
    quote === usualQuote ? undefined : quote === undefined ? "without quotes" : `quoted with ${quote}`,
    backslash ? "with backslash escapes" : undefined,
    carriageReturns ? "lines ended by carriage returns" : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

/** Returns the cells of a row with `columns` columns, without blank cells after them; undefined if their number differs. */
function fit(cells: readonly string[], columns: number): readonly string[] | undefined {
  if (cells.length === columns) return cells;
  return cells.length > columns && cells.slice(columns).every(isBlank) ? cells.slice(0, columns) : undefined;
}

function rowConverter(name: string, { columns, delimiter, quote }: DialectGuess): (row: TableRow) => TableRow {
  return (row) => {
    const cells = fit(row.cells, columns);
    if (cells !== undefined) return cells === row.cells ? row : { line: row.line, cells };
    if (row.cells.length > columns && row.cells.some(hasCarriageReturn))
      throw new BertieError("input/ragged-row", `${name}, line ${row.line}: ${CARRIAGE_RETURNS}`);
    const problem = `expected ${columns} column${columns === 1 ? "" : "s"} delimited by ${delimiterName(delimiter)}, found ${row.cells.length}`;
    const fix =
      quote === undefined
        ? "Fix the row, or name the delimiter (--delimiter)."
        : `Enclose cells that contain ${delimiterName(delimiter)} in quotes, or name the delimiter (--delimiter).`;
    throw new BertieError("input/ragged-row", `${name}, line ${row.line}: ${problem}. ${fix}`);
  };
}

/** Opens a file with one text per line. */
function openLines(content: Content, decoded: DecodedHead, options: TableOptions): OpenTable {
  const { name } = content;
  const dialect = lineDialect(decoded.text);
  const all = parseSample(decoded.text, dialect, content.complete);
  const header = options.header ?? false;
  const { rows, summary } = createTextRows(content, {
    encoding: decoded.encoding,
    dialect,
    skippedRows: header ? 1 : 0,
    onBadRow: options.onBadRow ?? "fail",
    convert: (row) => row,
  });
  const lineEnds = dialect.carriageReturns ? ", lines ended by carriage returns" : "";
  return {
    name,
    format: "text",
    encoding: decoded.encoding,
    compression: content.compression,
    delimiter: undefined,
    quote: undefined,
    header,
    columns: namesOf(header ? all[0]?.cells : undefined, 1),
    guesses: [`${name}: one text per line, ${decoded.label}${lineEnds}`],
    sample: all.slice(header ? 1 : 0),
    complete: content.complete && all.length < SAMPLE_ROWS,
    rows,
    summary,
  };
}
