import { BertieError, countLineFeeds, type ErrorCode, lineEnds, type RecordEnds } from "@bertie/common";
import { csvRowEnds } from "./csv-row-ends.ts";

/** Input format: one text per line, tab-separated columns, comma-separated columns, or one JSON object per line. */
export type InputFormat = "lines" | "tsv" | "csv" | "jsonl";

/** Handling of records that are not valid UTF-8: replace invalid bytes with U+FFFD, skip the record, or fail. */
export type OnInvalidUtf8 = "replace" | "skip" | "fail";

/** Columns of an input that contain the text and, for pairs, the second text. */
export interface TextColumns {
  readonly text: TextColumn;
  readonly pair: TextColumn | undefined;
}

/** Column of an input. */
export interface TextColumn {
  readonly name: string;
  /** Index of the column, counted from 0; not used for JSON lines. */
  readonly index: number;
}

/** Texts or pairs of texts of a block of records. */
export interface Texts {
  readonly items: (string | readonly [text: string, pair: string])[];
  /** Number of records that are not valid UTF-8. */
  readonly invalid: number;
}

/** Error of a record that cannot be read. */
export class RecordFault extends Error {
  readonly code: ErrorCode;
  /** Number of lines before the record, in the block that contains it. */
  readonly line: number;

  constructor(code: ErrorCode, message: string, line: number) {
    super(message);
    this.code = code;
    this.line = line;
  }
}

/**
 * Reads the texts of a block of complete records.
 *
 * @param columns columns that contain the texts; only their names are used for JSON lines, and they are ignored for lines
 * @throws RecordFault if a record cannot be read
 */
export type TextReader = (bytes: Uint8Array, columns: TextColumns | undefined) => Texts;

/** Creates a finder of the ends of records in this format. */
export function recordEndsOf(format: InputFormat): RecordEnds {
  return format === "csv" ? csvRowEnds() : lineEnds();
}

/** Returns the cells of the first row of `text`, such as a header. */
export async function readCells(text: string, format: "tsv" | "csv"): Promise<string[]> {
  return (format === "csv" ? (await loadCsvParser())(text)[0] : linesOf(text)[0]?.split("\t")) ?? [];
}

/**
 * Creates a reader for records in the given format.
 *
 * @example
 * ```ts
 * import { createTextReader } from "@bertie/data/records";
 *
 * const read = await createTextReader("lines", "replace");
 * console.log(read(new TextEncoder().encode("a\nb\n"), undefined)); // { items: ["a", "b"], invalid: 0 }
 * ```
 */
export async function createTextReader(format: InputFormat, onInvalidUtf8: OnInvalidUtf8): Promise<TextReader> {
  const parse = await recordParser(format);
  return (bytes, columns) => {
    try {
      // Decoding all records at once is much faster than one by one.
      return { items: parse(strict.decode(bytes), columns), invalid: 0 };
    } catch {
      return readOneByOne(bytes, recordEndsOf(format), (text) => parse(text, columns), onInvalidUtf8);
    }
  };
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads a block with an unreadable record one by one, to find the record and its line. */
function readOneByOne(
  bytes: Uint8Array,
  ends: RecordEnds,
  parse: (text: string) => Texts["items"],
  onInvalidUtf8: OnInvalidUtf8,
): Texts {
  const items: Texts["items"] = [];
  let invalid = 0;
  for (let start = 0, line = 0; start < bytes.length; ) {
    const found = ends.next(bytes.subarray(start), 1);
    const record = bytes.subarray(start, found < 0 ? bytes.length : start + found);
    const text = decode(record);
    if (text === undefined) {
      invalid++;
      if (onInvalidUtf8 === "fail") throw invalidUtf8Fault(line);
    }
    if (text !== undefined || onInvalidUtf8 === "replace") {
      try {
        items.push(...parse(text ?? lenient.decode(record)));
      } catch (error) {
        if (error instanceof BertieError) throw new RecordFault(error.code, error.message, line);
        throw error;
      }
    }
    line += countLineFeeds(record);
    start += record.length;
  }
  return { items, invalid };
}

/** Returns the error of a record that is not valid UTF-8. */
export function invalidUtf8Fault(line: number): RecordFault {
  const text = "the bytes are not valid UTF-8. Fix the line, or replace invalid bytes (--on-invalid-utf8 replace).";
  return new RecordFault("input/invalid-utf8", text, line);
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

type RecordParser = (text: string, columns: TextColumns | undefined) => Texts["items"];

async function recordParser(format: InputFormat): Promise<RecordParser> {
  switch (format) {
    case "lines":
      return linesOf;
    case "jsonl":
      return (text, columns) =>
        linesOf(text)
          .filter(isNotBlank)
          .map((line) => fromJson(line, columns!));
    case "tsv":
      return (text, columns) =>
        linesOf(text)
          .filter(isNotBlank)
          .map((line) => fromCells(line.split("\t"), columns!));
    case "csv": {
      const parse = await loadCsvParser();
      return (text, columns) => parse(text).map((cells) => fromCells(cells, columns!));
    }
  }
}

/** Returns a parser of CSV rows that skips blank rows. */
async function loadCsvParser(): Promise<(text: string) => string[][]> {
  // Imported on demand, because papaparse takes as long to load as the rest of this package.
  const { default: papa } = await import("papaparse");
  return (text) => {
    const newline = /\r?\n/.exec(text)?.[0] === "\r\n" ? "\r\n" : "\n";
    const { data, errors } = papa.parse<string[]>(text, { delimiter: ",", newline, skipEmptyLines: "greedy" });
    const [error] = errors;
    if (error === undefined) return data;
    throw new BertieError("input/csv", `${error.message.toLowerCase()}. Double each quote within a quoted cell.`);
  };
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return text.includes("\r") ? lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line)) : lines;
}

function isNotBlank(text: string): boolean {
  return text.trim() !== "";
}

function fromCells(cells: readonly string[], { text, pair }: TextColumns) {
  return pair === undefined ? cellOf(cells, text) : ([cellOf(cells, text), cellOf(cells, pair)] as const);
}

function cellOf(cells: readonly string[], { name, index }: TextColumn): string {
  const cell = cells[index];
  if (cell !== undefined) return cell;
  const expected = `expected at least ${index + 1} column${index === 0 ? "" : "s"} ("${name}" is column ${index + 1})`;
  throw new BertieError("input/short-row", `${expected}, found ${cells.length}. Fix the row.`);
}

function fromJson(line: string, { text, pair }: TextColumns) {
  const record = parseJson(line);
  return pair === undefined ? textAt(record, text) : ([textAt(record, text), textAt(record, pair)] as const);
}

function parseJson(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw new BertieError(
      "input/json",
      `the line is not valid JSON (${(cause as Error).message}). Write one JSON object per line.`,
      { cause },
    );
  }
  throw new BertieError(
    "input/json",
    "expected a JSON object, found another JSON value. Write one JSON object per line.",
  );
}

function textAt(record: Readonly<Record<string, unknown>>, { name }: TextColumn): string {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  if (typeof value === "string") return value;
  const problem = value === undefined ? "is missing" : "is not a string";
  throw new BertieError("input/json", `key "${name}" ${problem}. Fix the line, or choose another field (--field).`);
}
