import type { TableRow } from "../tsv.ts";
import { columnStatistics, isNumberOrDate, isStructured } from "./cells.ts";
import { isColumnName } from "./column-names.ts";
import { createRowParser, type Dialect } from "./row-parser.ts";

/** Delimiter and quotation mark of a table, detected from its first lines. */
export interface DialectGuess extends Dialect {
  /** Number of columns of most rows. */
  readonly columns: number;
  /** Share of the rows that have this number of columns. */
  readonly consistency: number;
  /** Whether a column contains labels, numbers or short names, which prose with punctuation does not. */
  readonly structured: boolean;
  /** A delimiter that explains the lines equally well. */
  readonly rival: string | undefined;
}

/** Requested parts of a dialect. */
export interface DialectOptions {
  readonly delimiter?: string | undefined;
  /** Quotation mark, or "none". */
  readonly quote?: string | undefined;
  /** Whether the text is the whole table. @default true */
  readonly complete?: boolean | undefined;
  /** Delimiter that the name of the file suggests. */
  readonly expected?: string | undefined;
}

/** Delimiters, with weights for how seldom they occur in prose. */
const DELIMITERS: Readonly<Record<string, number>> = {
  "\t": 1,
  ",": 0.97,
  ";": 0.97,
  "|": 0.97,
  "\u0001": 1,
  "^": 0.9,
  "~": 0.85,
  ":": 0.7,
};
const SAMPLE_LENGTH = 1 << 15;
const SAMPLE_ROWS = 200;
/** Maximum difference in score between rivals. */
const RIVAL = 0.02;

/**
 * Detects the dialect of a table: the delimiter that splits the lines into the same number of columns, of which one has labels,
 * numbers or short names, and the quotation mark with which this works.
 *
 * @param text the table or its start
 */
export function detectDialect(text: string, options: DialectOptions): DialectGuess {
  const { delimiter, expected, complete = true } = options;
  const whole = { text, complete };
  const carriageReturns = text.includes("\r") && !text.includes("\n");
  const sample = firstLines(whole, carriageReturns ? "\r" : "\n");
  const candidates =
    delimiter === undefined ? Object.keys(DELIMITERS).filter((each) => sample.text.includes(each)) : [delimiter];
  const consistent = new Set(candidates.filter((each) => isConsistent(sample, each, carriageReturns)));
  const readings = candidates
    .map((each) => readingOf(whole, sample, each, options, carriageReturns))
    .filter(({ columns }) => columns > 1 || delimiter !== undefined)
    .map((reading) => ({
      ...reading,
      score: scoreOf(reading, consistent) * (reading.delimiter === expected ? 1.1 : 1),
    }))
    .sort((a, b) => b.score - a.score);
  const [best, second] = readings;
  if (best === undefined) {
    const single = readingOf(whole, sample, expected ?? ",", options, carriageReturns);
    return { ...single, rival: undefined };
  }
  const isRival = second !== undefined && second.score > best.score - RIVAL && second.consistency === best.consistency;
  return { ...best, rival: isRival ? second.delimiter : undefined };
}

/** A text, and whether its last row is whole. */
interface Sample {
  readonly text: string;
  readonly complete: boolean;
}

interface Reading extends Dialect {
  readonly rows: readonly TableRow[];
  readonly columns: number;
  readonly consistency: number;
  readonly structured: boolean;
  readonly errors: number;
}

function firstLines({ text, complete }: Sample, lineEnd: string): Sample {
  if (text.length <= SAMPLE_LENGTH) return { text, complete };
  const end = text.lastIndexOf(lineEnd, SAMPLE_LENGTH);
  return { text: end < 0 ? text : text.slice(0, end + 1), complete: end < 0 && complete };
}

/** Chooses the quotation mark for a delimiter. */
function readingOf(
  whole: Sample,
  sample: Sample,
  delimiter: string,
  { quote, expected }: DialectOptions,
  carriageReturns: boolean,
): Reading {
  const plain = { delimiter, carriageReturns, quote: undefined, backslash: false };
  const unquoted = read(sample, plain);
  if (quote === "none") return unquoted;
  const withQuote = (mark: string, input = sample) => {
    const doubled = read(input, { ...plain, quote: mark });
    const variants = [doubled];
    if (input.text.includes(`\\${mark}`)) variants.push(read(input, { ...plain, quote: mark, backslash: true }));
    if (input.text.includes(`${delimiter} ${mark}`)) {
      const spaced = read(input, { ...plain, quote: mark, spaces: true });
      // The quotes are part of the texts, unless they enclose cells everywhere.
      if (spaced.errors === 0 && !isBetter(doubled, spaced)) return spaced;
    }
    return variants.reduce((best, each) => (isBetter(each, best) ? each : best));
  };
  if (quote !== undefined) return withQuote(quote);
  const double = withQuote('"');
  const single = sample.text.includes("'") ? withQuote("'") : undefined;
  if (
    single !== undefined &&
    isQuotedBy(single, unquoted, "'") &&
    !isBetter(double, single) &&
    !isBetter(unquoted, single)
  )
    return isQuotedBy(double, unquoted, '"') ? double : single;
  if (delimiter !== "\t" || expected === ",")
    return double.errors > 0 && unquoted.consistency === 1 ? unquoted : double;
  // TSV is read without quotes, unless the quotes make sense only as quotes. They may be rare, so the whole text counts.
  if (!whole.text.includes('"')) return unquoted;
  const quotedTsv = withQuote('"', whole);
  return isQuotedBy(quotedTsv, read(whole, plain), '"') ? quotedTsv : unquoted;
}

function read({ text, complete }: Sample, dialect: Dialect): Reading {
  let errors = 0;
  const parser = createRowParser("", dialect, () => {
    errors++;
  });
  const parsed = [...parser.push(text), ...(complete ? parser.end() : [])];
  const rows = parsed.filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
  const counts = new Map<number, number>();
  for (const { cells } of rows) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  const [columns = 1, modal = 0] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [];
  const cells = rows.slice(0, SAMPLE_ROWS).map((row) => row.cells);
  const structured = columns > 1 && columns <= 100 && hasStructure(cells, columns);
  return { ...dialect, rows, columns, consistency: modal / Math.max(rows.length + errors, 1), structured, errors };
}

/** Returns whether a column has labels, numbers or short names, or the first row has common names of columns. */
function hasStructure(cells: readonly (readonly string[])[], count: number): boolean {
  if (cells.length === 0) return false;
  if (cells[0]!.every(isColumnName)) return true;
  // The first row may be a header, whose cells differ from the values below.
  return [cells, cells.slice(1)].some((data) => {
    const columns = Array.from({ length: count }, (_, column) => columnStatistics(data, column));
    if (columns.some(isStructured)) return true;
    // In a short table, labels may not repeat, but are shorter than the texts. Prose has a space after a comma.
    const longest = Math.max(...columns.map(({ meanLength }) => meanLength));
    const isProse = data.some((row) => row.some((cell) => cell !== cell.trim()));
    return !isProse && columns.some(({ meanLength, filled }) => filled === data.length && meanLength < longest / 3);
  });
}

function isBetter(a: Reading, b: Reading): boolean {
  if (a.consistency !== b.consistency && (a.columns > 1 || b.columns === 1)) return a.consistency > b.consistency;
  return a.errors < b.errors;
}

/** Returns whether quotation marks at the start of cells enclose the cells, rather than being part of a text. */
function isQuotedBy(reading: Reading, unquoted: Reading, mark: string): boolean {
  const starts = unquoted.rows.flatMap(({ cells }) => cells.filter((cell) => cell.startsWith(mark)));
  if (starts.length === 0 || reading.errors > 0 || isBetter(unquoted, reading)) return false;
  const isClosed = (cell: string) => cell.length > 1 && cell.trimEnd().endsWith(mark);
  if (isBetter(reading, unquoted) || starts.some((cell) => !isClosed(cell))) return true;
  // Programs write quotes around every text, or only around cells that contain quotes, which are then doubled or escaped.
  if (starts.some((cell) => cell.slice(1, -1).includes(mark))) return true;
  const data = unquoted.rows.slice(unquoted.rows.length > 2 ? 1 : 0);
  return Array.from({ length: reading.columns }, (_, column) => column).some((column) =>
    data.every(({ cells }) => (cells[column] ?? "").startsWith(mark)),
  );
}

/** Returns whether each line has the same number of a delimiter, at least one. */
function isConsistent(sample: Sample, delimiter: string, carriageReturns: boolean): boolean {
  const { columns, consistency } = read(sample, { delimiter, quote: '"', backslash: false, carriageReturns });
  return columns > 1 && consistency === 1;
}

function scoreOf({ delimiter, rows, consistency, structured }: Reading, consistent: ReadonlySet<string>): number {
  // In `good;4,5`, the comma is part of a number, but the semicolon is not part of a word.
  const others = [...consistent].filter((other) => other !== delimiter && other !== ":");
  const cells = rows.slice(0, SAMPLE_ROWS).flatMap((row) => row.cells);
  // Prose has a space after punctuation.
  const isLeftOver = (cell: string) =>
    others.some((other) => cell.replaceAll(`${other} `, "").includes(other)) && !isNumberOrDate(cell);
  const leftOver = others.length > 0 && cells.filter(isLeftOver).length >= rows.length;
  return consistency ** 2 * (structured ? 1 : 0.7) * (DELIMITERS[delimiter] ?? 1) * (leftOver ? 0.6 : 1);
}
