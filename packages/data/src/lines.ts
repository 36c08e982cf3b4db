import { BertieError, concatenate, refuseParquet } from "@bertie/common";
import { decodableLength } from "./decodable-length.ts";

/** A line of a text file, without its line end. */
export interface Line {
  /** Line number, counted from 1. */
  readonly number: number;
  readonly text: string;
}

const LINE_FEED = 0x0a;
/** Number of bytes decoded at once: faster than line by line, and shorter than the maximum length of a string. */
const BLOCK_BYTES = 1 << 20;
/** Maximum length of a line in bytes, well above a text of a million words. */
const MAX_LINE_BYTES = 1 << 26;

/**
 * Yields the lines of a UTF-8 file with or without a byte order mark. Lines end with `\n` or `\r\n`. NUL characters are kept,
 * because the tokenizer removes them.
 *
 * @param bytes contents of the file
 * @param fileName name of the file in error messages
 * @param onError called with the error of an unreadable line, which is then skipped @default throws the error
 * @throws BertieError "input/invalid-utf8", with line and byte, if a line is not valid UTF-8 or the file is UTF-16
 * @throws BertieError "input/line-too-long" if a line has more than 64 MiB
 * @throws BertieError "input/parquet" if the file is a Parquet file
 * @example
 * ```ts
 * import { readLines } from "@bertie/data";
 *
 * for (const { number, text } of readLines(new TextEncoder().encode("a\nb\n"), "texts.txt"))
 *   console.log(number, text); // 1 a, then 2 b
 * ```
 */
export function* readLines(
  bytes: Uint8Array,
  fileName: string,
  onError: (error: BertieError) => void = throwError,
): Generator<Line> {
  refuseUtf16(bytes, fileName);
  refuseParquet(bytes, bytes, fileName);
  yield* linesOf(bytes, { start: afterMark(bytes), number: 1 }, fileName, onError);
}

/**
 * Yields the lines of a stream as they arrive, like {@link readLines}, for input that exceeds memory or arrives slowly.
 *
 * @param fileName name of the stream in error messages
 * @throws BertieError "input/invalid-utf8", "input/line-too-long" or "input/parquet", like {@link readLines}
 * @example
 * ```ts
 * import { streamLines } from "@bertie/data";
 *
 * const stream = new Blob(["很好\n很差\n"]).stream(); // or process.stdin
 * for await (const { number, text } of streamLines(stream, "stdin")) console.log(number, text); // 1 很好, then 2 很差
 * ```
 */
export async function* streamLines(chunks: AsyncIterable<Uint8Array>, fileName: string): AsyncGenerator<Line> {
  let number = 1;
  /** Start of a line whose end has not arrived yet. */
  let rest: Uint8Array[] = [];
  function* next(block: Uint8Array): Generator<Line> {
    const isFirst = number === 1;
    if (isFirst) refuseUtf16(block, fileName);
    // The end of a stream is unknown, so a Parquet file is recognized by its first bytes and by a NUL byte.
    if (isFirst && block.includes(0)) refuseParquet(block, block.subarray(0, 4), fileName);
    const start = isFirst ? afterMark(block) : 0;
    for (const line of linesOf(block, { start, number }, fileName, throwError)) {
      number = line.number + 1;
      yield line;
    }
  }
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) {
      yield* next(concatenate([...rest, chunk.subarray(0, end)]));
      rest = [];
    }
    if (end < chunk.length) rest.push(chunk.slice(end));
    const length = rest.reduce((sum, part) => sum + part.length, 0);
    if (length > MAX_LINE_BYTES) throw lineError(concatenate(rest), `${fileName}, line ${number}`);
  }
  if (rest.length > 0) yield* next(concatenate(rest));
}

/** Returns the position of the text after a byte order mark, if there is one. */
function afterMark(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/**
 * Yields the lines of a file from a position.
 *
 * @param from position and number of the first line
 */
function* linesOf(
  bytes: Uint8Array,
  from: { readonly start: number; readonly number: number },
  fileName: string,
  onError: (error: BertieError) => void,
): Generator<Line> {
  let { start, number } = from;
  while (start < bytes.length) {
    const end = lineEnd(bytes, start + BLOCK_BYTES);
    const block = bytes.subarray(start, end);
    const text = end - start > MAX_LINE_BYTES ? undefined : decode(block);
    const lines = text === undefined ? decodeOneByOne(block, number, fileName, onError) : text.split("\n");
    if (lines.at(-1) === "") lines.pop(); // split() adds an empty string after the last line feed
    for (const line of lines) {
      if (line !== undefined) yield { number, text: line.endsWith("\r") ? line.slice(0, -1) : line };
      number++;
    }
    start = end;
  }
}

function throwError(error: BertieError): void {
  throw error;
}

/** Returns whether a cell contains a carriage return, which is not part of a line end. */
export function hasCarriageReturn(cell: string): boolean {
  return cell.includes("\r");
}

/** Problem of a row that contains other rows, and its remedy. */
export const CARRIAGE_RETURNS =
  "the line contains carriage returns (CR), with which some programs end lines, but other lines end with a line feed (LF). Convert all line ends to LF.";

/** Returns whether a line contains only white space. */
export function isBlank(text: string): boolean {
  return text.trim() === "";
}

/** Returns the end of the line that contains the byte at `from`, including its line feed. */
function lineEnd(bytes: Uint8Array, from: number): number {
  const lineFeed = bytes.indexOf(LINE_FEED, from);
  return lineFeed < 0 ? bytes.length : lineFeed + 1;
}

// ignoreBOM keeps byte order marks in the text. Only the mark at the start of the file is dropped.
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Decodes the lines of a block with an unreadable line one by one. Skipped lines become undefined. */
function decodeOneByOne(
  block: Uint8Array,
  number: number,
  fileName: string,
  onError: (error: BertieError) => void,
): (string | undefined)[] {
  const lines: (string | undefined)[] = [];
  for (let start = 0; start < block.length; ) {
    const end = lineEnd(block, start);
    const bytes = block.subarray(start, block[end - 1] === LINE_FEED ? end - 1 : end);
    const where = `${fileName}, line ${number + lines.length}`;
    const text = bytes.length > MAX_LINE_BYTES ? undefined : decode(bytes);
    if (text === undefined) onError(lineError(bytes, where));
    lines.push(text);
    start = end;
  }
  return lines;
}

function lineError(bytes: Uint8Array, where: string): BertieError {
  if (bytes.length > MAX_LINE_BYTES) {
    const text = `${where}: expected at most ${MAX_LINE_BYTES} bytes per line, found ${bytes.length}. Split the line into several lines.`;
    return new BertieError("input/line-too-long", text);
  }
  const text = `${where}, byte ${validLength(bytes) + 1}: the bytes are not valid UTF-8. Save the file as UTF-8.`;
  return new BertieError("input/invalid-utf8", text);
}

/** Returns the number of bytes at the start that are complete UTF-8 characters. */
function validLength(bytes: Uint8Array): number {
  let valid = decodableLength(bytes);
  // Go back to the start of an incomplete character.
  while (decode(bytes.subarray(0, valid)) === undefined) valid--;
  return valid;
}

function refuseUtf16(bytes: Uint8Array, fileName: string): void {
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  if (mark !== 0xfeff && mark !== 0xfffe) return;
  throw new BertieError(
    "input/invalid-utf8",
    `${fileName}, line 1: expected UTF-8, found UTF-16. Save the file as UTF-8.`,
  );
}
