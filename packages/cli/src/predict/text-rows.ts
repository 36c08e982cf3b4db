import process from "node:process";
import { type InputReader, streamInput } from "@bertie/classifier/node";
import { BertieError, locationName } from "@bertie/common";
import { detectEncoding, type InputExample, type Line, probableFormat, streamLines } from "@bertie/data";
import { missingTabs } from "../tokenize/keyed-lines.ts";
import { CHECKED_BYTES, convertToUtf8 } from "../tokenize/text-encoding.ts";
import type { RowSource } from "./row-source.ts";

/** Number of lines from which the format of a file is judged. */
const JUDGED_LINES = 200;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** How lines are read. */
interface LineSettings {
  /** Whether a line has two texts, separated by a tab. */
  readonly pairs: boolean;
  /** Value of `--encoding`. */
  readonly encoding: string | undefined;
  /** Number of fields at the start of each line that are the guid of its row; undefined for numbered rows. */
  readonly keyFields?: number | undefined;
}

/** Opens files with one text per line, or with two texts per line for models of pairs. `-` is stdin. */
export function textRows(files: readonly string[], settings: LineSettings, inputs: InputReader): RowSource {
  const warnings: string[] = [];
  async function* rows(): AsyncGenerator<InputExample> {
    for (const file of files) {
      const judge = createJudge(nameOf(file));
      for await (const line of linesOf(file, settings, inputs)) {
        const source = { fileName: nameOf(file), line: line.number };
        if (settings.keyFields !== undefined) {
          const { key, rest } = splitKey(line, nameOf(file), settings.keyFields);
          yield { guid: key, ...textsOf(rest, nameOf(file), settings), source };
          continue;
        }
        if (!settings.pairs) judge.add(line.text);
        yield { guid: `line-${line.number}`, ...textsOf(line, nameOf(file), settings), source };
      }
      warnings.push(...judge.warnings());
    }
  }
  const name = nameOf(files[0]!);
  const hasSeveralFiles = files.length > 1 && settings.keyFields === undefined;
  const readNotes = () => ({ notes: [], warnings });
  return { name, hasSeveralFiles, layout: undefined, notes: [], rows, readNotes };
}

function nameOf(file: string): string {
  return file === "-" ? "stdin" : locationName(file);
}

async function* linesOf(file: string, { encoding }: LineSettings, inputs: InputReader): AsyncGenerator<Line> {
  const name = nameOf(file);
  if (file === "-" && process.stdin.isTTY)
    process.stderr.write("reading texts from the terminal, one per line; press Ctrl-D to end\n");
  const bytes = withLineFeeds(file === "-" ? process.stdin : inputs.stream(name, streamInput(file)));
  if (encoding !== undefined) {
    yield* streamLines(convertToUtf8(bytes, name, { encoding, acceptsInvalid: false }), name);
    return;
  }
  const head: Uint8Array[] = [];
  try {
    yield* streamLines(keepHead(bytes, head), name);
  } catch (error) {
    throw error instanceof BertieError && error.code === "input/invalid-utf8" ? withEncoding(error, head) : error;
  }
}

/** Converts the line ends of a stream whose start has carriage returns (CR) but no line feeds. */
async function* withLineFeeds(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isDecided = false;
  let converts = false;
  let head: Uint8Array[] = [];
  let length = 0;
  const convert = (chunk: Uint8Array) =>
    converts ? chunk.map((byte) => (byte === CARRIAGE_RETURN ? LINE_FEED : byte)) : chunk;
  for await (const chunk of chunks) {
    if (isDecided) {
      yield convert(chunk);
      continue;
    }
    // A line is complete only at its end, so waiting for one delays no answer.
    head.push(chunk.slice());
    length += chunk.length;
    isDecided = chunk.includes(LINE_FEED) || length >= CHECKED_BYTES;
    if (!isDecided) continue;
    converts = hasCarriageReturnsOnly(head);
    for (const part of head) yield convert(part);
    head = [];
  }
  converts ||= hasCarriageReturnsOnly(head);
  for (const part of head) yield convert(part);
}

function hasCarriageReturnsOnly(chunks: readonly Uint8Array[]): boolean {
  return chunks.some((chunk) => chunk.includes(CARRIAGE_RETURN)) && !chunks.some((chunk) => chunk.includes(LINE_FEED));
}

/** Passes chunks on, and keeps the first ones to detect the encoding of an unreadable file. */
async function* keepHead(chunks: AsyncIterable<Uint8Array>, head: Uint8Array[]): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of chunks) {
    if (length < CHECKED_BYTES) head.push(chunk.slice(0, CHECKED_BYTES - length));
    length += chunk.length;
    yield chunk;
  }
}

function withEncoding(error: BertieError, head: readonly Uint8Array[]): BertieError {
  const { candidates } = detectEncoding(Buffer.concat(head), false);
  const [likely] = candidates.filter((candidate) => candidate !== "utf-8");
  if (likely === undefined) return error;
  const text = `${error.message} The text may be ${likely}: set --encoding ${likely}.`;
  return new BertieError(error.code, text, { cause: error });
}

/** Separates the first fields of a line from the rest. The key ends with a tab, unless it is empty. */
function splitKey({ number, text }: Line, name: string, fields: number): { readonly key: string; readonly rest: Line } {
  let end = 0;
  for (let field = 0; field < fields; field++) {
    const tab = text.indexOf("\t", end);
    if (tab < 0) throw new BertieError("input/short-row", `${name}, line ${number}: ${missingTabs(field, fields)}`);
    end = tab + 1;
  }
  return { key: text.slice(0, end), rest: { number, text: text.slice(end) } };
}

function textsOf({ number, text }: Line, name: string, { pairs }: LineSettings): Pick<InputExample, "textA" | "textB"> {
  if (!pairs) return { textA: text };
  const [textA = "", textB, ...more] = text.split("\t");
  if (textB !== undefined && more.length === 0) return { textA, textB };
  const message =
    `${name}, line ${number}: expected 2 tab-separated texts, found ${text.split("\t").length}. ` +
    "The model classifies pairs: separate the two texts with one tab, or name the columns of a table (--text-column and --pair-column).";
  throw new BertieError("input/short-row", message);
}

/** Creates a check of the lines of a file, which may be the rows of a table. */
function createJudge(name: string) {
  const first: string[] = [];
  let [count, withTabs, withReturns] = [0, 0, 0];
  return {
    add(line: string): void {
      count++;
      if (line.includes("\t")) withTabs++;
      if (line.includes("\r")) withReturns++;
      if (first.length < JUDGED_LINES) first.push(line);
    },
    warnings(): string[] {
      const read = "each line was read as one text";
      if (withReturns > 0) {
        const share = `${withReturns} of ${count} ${count === 1 ? "line contains" : "lines contain"} carriage returns (CR), with which some programs end lines`;
        return [`${name}: ${share}, and ${read}. Convert all line ends to LF.`];
      }
      if (withTabs > 0) {
        const share = `${withTabs} of ${count} ${count === 1 ? "line contains" : "lines contain"} tabs, and ${read}`;
        return [`${name}: ${share}. To read a table, set --format tsv or name the column of the text (--text-column).`];
      }
      const format = count > 1 ? probableFormat(`${first.join("\n")}\n`) : undefined;
      if (format === undefined) return [];
      const kind = format.startsWith("json") ? "JSON" : format.toUpperCase();
      return [`${name}: the lines look like ${kind}, but ${read}. To read a table, set --format ${format}.`];
    },
  };
}
