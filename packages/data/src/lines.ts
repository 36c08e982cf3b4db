import { BertieError, concatBytes, refuseParquet } from "@bertie/common";

/** A line of a text file, without its line end. */
export interface Line {
  /** Counted from 1, as editors do. */
  readonly number: number;
  readonly text: string;
}

const LINE_FEED = 0x0a;
/** Decoding many lines at once is far faster than one by one, and a whole file may be longer than a string can be. */
const BLOCK_BYTES = 1 << 20;
/** A text of a million words is far shorter. */
const LONGEST_LINE = 1 << 26;

/**
 * The lines of a UTF-8 file, with or without a byte order mark, ended by `\n` or `\r\n`. NUL characters are kept: the
 * tokenizer drops them.
 *
 * @param bytes the file's contents
 * @param fileName what messages call the file
 * @param onFault takes what is wrong with a line, which is then left out; by default it is thrown
 * @throws BertieError "input/invalid-utf8", which names line and byte, "input/line-too-long", or "input/parquet"
 */
export function* readLines(
  bytes: Uint8Array,
  fileName: string,
  onFault: (fault: BertieError) => void = throwFault,
): Generator<Line> {
  refuseUtf16(bytes, fileName);
  refuseParquet(bytes, bytes, fileName);
  yield* linesOf(bytes, { start: afterMark(bytes), number: 1 }, fileName, onFault);
}

/**
 * Reads the lines of a stream as they arrive: those of {@link readLines}, for input that is longer than memory, or that comes
 * slowly.
 *
 * @throws BertieError "input/invalid-utf8", "input/line-too-long", or "input/parquet"
 *
 * @example
 * ```ts
 * for await (const { number, text } of streamLines(process.stdin, "stdin")) console.log(number, text);
 * ```
 */
export async function* streamLines(chunks: AsyncIterable<Uint8Array>, fileName: string): AsyncGenerator<Line> {
  let number = 1;
  /** The beginning of a line whose end has not arrived. */
  let rest: Uint8Array[] = [];
  function* next(block: Uint8Array): Generator<Line> {
    const isFirst = number === 1;
    if (isFirst) refuseUtf16(block, fileName);
    // The end of a stream is not known: a Parquet file shows by its beginning, and bytes that are not text.
    if (isFirst && block.includes(0)) refuseParquet(block, block.subarray(0, 4), fileName);
    const start = isFirst ? afterMark(block) : 0;
    for (const line of linesOf(block, { start, number }, fileName, throwFault)) {
      number = line.number + 1;
      yield line;
    }
  }
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) {
      yield* next(concatBytes([...rest, chunk.subarray(0, end)]));
      rest = [];
    }
    if (end < chunk.length) rest.push(chunk.slice(end));
    const length = rest.reduce((sum, part) => sum + part.length, 0);
    if (length > LONGEST_LINE) throw faultOfLine(concatBytes(rest), `${fileName}, line ${number}`);
  }
  if (rest.length > 0) yield* next(concatBytes(rest));
}

/** Where the text starts: after a byte order mark. */
function afterMark(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** @param from where the first line starts, and its number */
function* linesOf(
  bytes: Uint8Array,
  from: { readonly start: number; readonly number: number },
  fileName: string,
  onFault: (fault: BertieError) => void,
): Generator<Line> {
  let { start, number } = from;
  while (start < bytes.length) {
    const end = lineEnd(bytes, start + BLOCK_BYTES);
    const block = bytes.subarray(start, end);
    const text = end - start > LONGEST_LINE ? undefined : decode(block);
    const lines = text === undefined ? decodeOneByOne(block, number, fileName, onFault) : text.split("\n");
    if (lines.at(-1) === "") lines.pop(); // what follows the last line end is no line
    for (const line of lines) {
      if (line !== undefined) yield { number, text: line.endsWith("\r") ? line.slice(0, -1) : line };
      number++;
    }
    start = end;
  }
}

function throwFault(fault: BertieError): void {
  throw fault;
}

/** Whether a line holds nothing but white space. */
export function isBlank(text: string): boolean {
  return text.trim() === "";
}

/** Where the line that holds the byte `from` ends, its line feed included. */
function lineEnd(bytes: Uint8Array, from: number): number {
  const lineFeed = bytes.indexOf(LINE_FEED, from);
  return lineFeed < 0 ? bytes.length : lineFeed + 1;
}

// ignoreBOM keeps marks in the text: only the one at the start of the file is no text.
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The lines of a block in which something is wrong; undefined for each that is left out. */
function decodeOneByOne(
  block: Uint8Array,
  number: number,
  fileName: string,
  onFault: (fault: BertieError) => void,
): (string | undefined)[] {
  const lines: (string | undefined)[] = [];
  for (let start = 0; start < block.length; ) {
    const end = lineEnd(block, start);
    const bytes = block.subarray(start, block[end - 1] === LINE_FEED ? end - 1 : end);
    const where = `${fileName}, line ${number + lines.length}`;
    const text = bytes.length > LONGEST_LINE ? undefined : decode(bytes);
    if (text === undefined) onFault(faultOfLine(bytes, where));
    lines.push(text);
    start = end;
  }
  return lines;
}

function faultOfLine(bytes: Uint8Array, where: string): BertieError {
  if (bytes.length > LONGEST_LINE) {
    const text = `${where}: the line has ${bytes.length} bytes, more than ${LONGEST_LINE}; cut it into several`;
    return new BertieError("input/line-too-long", text);
  }
  const text = `${where}, byte ${validLength(bytes) + 1}: the bytes are not valid UTF-8; save the file as UTF-8`;
  return new BertieError("input/invalid-utf8", text);
}

/** How many bytes at the beginning are whole characters of UTF-8. */
function validLength(bytes: Uint8Array): number {
  // A decoder that is told of more to come does not mind a character that is cut off.
  const isValid = (length: number) => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let [valid, invalid] = [0, bytes.length + 1];
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (isValid(middle)) valid = middle;
    else invalid = middle;
  }
  // Back to the beginning of a character that is cut off.
  while (decode(bytes.subarray(0, valid)) === undefined) valid--;
  return valid;
}

function refuseUtf16(bytes: Uint8Array, fileName: string): void {
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  if (mark !== 0xfeff && mark !== 0xfffe) return;
  throw new BertieError("input/invalid-utf8", `${fileName}, line 1: the file is UTF-16; save it as UTF-8`);
}
