import { createRequire } from "node:module";
import { BertieError, type ErrorCode } from "@bertie/common";
import type { BatchItem } from "@bertie/tokenizer-wasm";
import type Papa from "papaparse";
import type { Column, Columns } from "./block.ts";
import { countLineFeeds, csvRowEnds, lineEnds, type RecordEnds } from "./record-ends.ts";

export type InputFormat = "lines" | "tsv" | "csv" | "jsonl";
export type OnInvalidUtf8 = "replace" | "skip" | "fail";

/** The texts, or pairs of texts, of a block. */
export interface Texts {
  readonly items: BatchItem[];
  /** Records that are no UTF-8. */
  readonly invalid: number;
}

/** A record that cannot be read, with the number of lines before it. */
export class RecordFault extends Error {
  readonly code: ErrorCode;
  readonly line: number;

  constructor(code: ErrorCode, message: string, line: number) {
    super(message);
    this.code = code;
    this.line = line;
  }
}

/** Where the records of a format end. */
export function recordEndsOf(format: InputFormat): RecordEnds {
  return format === "csv" ? csvRowEnds() : lineEnds();
}

/** The cells of a header, or of any other row. */
export function readCells(text: string, format: "tsv" | "csv"): string[] {
  return (format === "csv" ? csvRows(text)[0] : linesOf(text)[0]?.split("\t")) ?? [];
}

/**
 * Reads the texts of whole records.
 *
 * @param columns where a row's texts are; of `jsonl` only the names count, of `lines` nothing
 * @throws RecordFault
 */
export function readTexts(
  bytes: Uint8Array,
  format: InputFormat,
  columns: Columns | undefined,
  onInvalidUtf8: OnInvalidUtf8,
): Texts {
  try {
    // All at once, which is far faster than one by one.
    return { items: itemsOf(strict.decode(bytes), format, columns), invalid: 0 };
  } catch {
    return readOneByOne(bytes, format, columns, onInvalidUtf8);
  }
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** What is wrong with records is found, and named, only here. */
function readOneByOne(
  bytes: Uint8Array,
  format: InputFormat,
  columns: Columns | undefined,
  onInvalidUtf8: OnInvalidUtf8,
): Texts {
  const items: BatchItem[] = [];
  let invalid = 0;
  const ends = recordEndsOf(format);
  for (let start = 0, line = 0; start < bytes.length; ) {
    const found = ends.next(bytes.subarray(start), 1);
    const record = bytes.subarray(start, found < 0 ? bytes.length : start + found);
    const text = decode(record);
    if (text === undefined) {
      invalid++;
      if (onInvalidUtf8 === "fail") throw invalidFault(line);
    }
    if (text !== undefined || onInvalidUtf8 === "replace") {
      try {
        items.push(...itemsOf(text ?? lenient.decode(record), format, columns));
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

/** What there is to say of a record that is no UTF-8 where none may be. */
export function invalidFault(line: number): RecordFault {
  const text = "the bytes are not valid UTF-8; mend the line, or give --on-invalid-utf8 replace";
  return new RecordFault("input/invalid-utf8", text, line);
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

function itemsOf(text: string, format: InputFormat, columns: Columns | undefined): BatchItem[] {
  switch (format) {
    case "lines":
      return linesOf(text);
    case "tsv":
      return linesOf(text)
        .filter(isNotBlank)
        .map((line) => fromCells(line.split("\t"), columns!));
    case "csv":
      return csvRows(text).map((cells) => fromCells(cells, columns!));
    case "jsonl":
      return linesOf(text)
        .filter(isNotBlank)
        .map((line) => fromJson(line, columns!));
  }
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return text.includes("\r") ? lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line)) : lines;
}

function isNotBlank(text: string): boolean {
  return text.trim() !== "";
}

let papa: typeof Papa | undefined;

function csvRows(text: string): string[][] {
  const newline = /\r?\n/.exec(text)?.[0] === "\r\n" ? "\r\n" : "\n";
  // Few read CSV, and this takes as long to load as all the rest.
  papa ??= createRequire(import.meta.url)("papaparse") as typeof Papa;
  const { data, errors } = papa.parse<string[]>(text, { delimiter: ",", newline, skipEmptyLines: "greedy" });
  const [error] = errors;
  if (error !== undefined)
    throw new BertieError("input/csv", `${error.message.toLowerCase()}; quotes around a cell are doubled within it`);
  return data;
}

function fromCells(cells: readonly string[], { text, pair }: Columns): BatchItem {
  return pair === undefined ? cellOf(cells, text) : [cellOf(cells, text), cellOf(cells, pair)];
}

function cellOf(cells: readonly string[], { name, index }: Column): string {
  const cell = cells[index];
  if (cell !== undefined) return cell;
  const has = `the row has ${cells.length} column${cells.length === 1 ? "" : "s"}`;
  throw new BertieError("input/short-row", `${has}, and "${name}" is column ${index + 1}; mend the row`);
}

function fromJson(line: string, { text, pair }: Columns): BatchItem {
  const record = parseJson(line);
  return pair === undefined ? textAt(record, text) : [textAt(record, text), textAt(record, pair)];
}

function parseJson(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw new BertieError("input/json", `the line is not valid JSON (${(cause as Error).message})`, { cause });
  }
  throw new BertieError("input/json", "the line is JSON, but no object");
}

function textAt(record: Readonly<Record<string, unknown>>, { name }: Column): string {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  if (typeof value === "string") return value;
  const fault = value === undefined ? "is missing" : "is no text";
  throw new BertieError("input/json", `key "${name}" ${fault}; mend the line, or name another key with --field`);
}
