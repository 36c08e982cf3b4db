import { BertieError } from "@bertie/common";

/** A line of a text file, without its line end. */
export interface Line {
  /** Counted from 1, as editors do. */
  readonly number: number;
  readonly text: string;
}

const LINE_FEED = 0x0a;
/** Decoding many lines at once is far faster than one by one, and a whole file may be longer than a string can be. */
const BLOCK_BYTES = 1 << 20;

/**
 * The lines of a UTF-8 file, with or without a byte order mark, ended by `\n` or `\r\n`. NUL characters are kept: the
 * tokenizer drops them.
 *
 * @param bytes the file's contents
 * @param fileName what messages call the file
 * @throws BertieError "input/invalid-utf8", which names the line
 */
export function* readLines(bytes: Uint8Array, fileName: string): Generator<Line> {
  refuseUtf16(bytes, fileName);
  // ignoreBOM keeps marks in the text: only the one at the start of the file is no text.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let number = 1;
  while (start < bytes.length) {
    const end = lineEnd(bytes, start + BLOCK_BYTES);
    const lines = decode(decoder, bytes.subarray(start, end))?.split("\n");
    if (lines === undefined) {
      const line = number + countLinesBeforeFault(decoder, bytes.subarray(start, end));
      throw new BertieError(
        "input/invalid-utf8",
        `${fileName}, line ${line}: the bytes are not valid UTF-8; save the file as UTF-8`,
      );
    }
    if (lines.at(-1) === "") lines.pop(); // what follows the last line end is no line
    for (const text of lines) yield { number: number++, text: text.endsWith("\r") ? text.slice(0, -1) : text };
    start = end;
  }
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

function decode(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function countLinesBeforeFault(decoder: TextDecoder, block: Uint8Array): number {
  let count = 0;
  let start = 0;
  while (start < block.length) {
    const end = lineEnd(block, start);
    if (decode(decoder, block.subarray(start, end)) === undefined) break;
    count++;
    start = end;
  }
  return count;
}

function refuseUtf16(bytes: Uint8Array, fileName: string): void {
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  if (mark !== 0xfeff && mark !== 0xfffe) return;
  throw new BertieError("input/invalid-utf8", `${fileName}, line 1: the file is UTF-16; save it as UTF-8`);
}
