import { BertieError, concatenate } from "@bertie/common";
import { decodableLength } from "../decodable-length.ts";
import { detectEncoding } from "./detect-encoding.ts";

const [LINE_FEED, CARRIAGE_RETURN] = [0x0a, 0x0d];
/** Maximum length of a line in bytes. */
const MAX_LINE_BYTES = 1 << 26;

/** Decoding of a stream. */
export interface DecodeOptions {
  readonly name: string;
  /** Name of the encoding, as `TextDecoder` reports it. */
  readonly encoding: string;
  /** Called with the error of a line that is not valid in the encoding. The line is then replaced with a blank line. */
  readonly onError: (error: BertieError) => void;
}

/**
 * Decodes a stream block by block. A block ends with a line end, except in UTF-16.
 *
 * @throws BertieError "input/line-too-long" if a line has more than 64 MiB
 */
export async function* decodeStream(chunks: AsyncIterable<Uint8Array>, options: DecodeOptions): AsyncGenerator<string> {
  const blocks = /^(utf-16|iso-2022)/.test(options.encoding)
    ? decodeByState(chunks, options)
    : decodeByLines(chunks, options);
  let isFirst = true;
  for await (const text of blocks) {
    if (text === "") continue;
    yield isFirst && text.startsWith("\ufeff") ? text.slice(1) : text;
    isFirst = false;
  }
}

/** Decodes an encoding whose line ends cannot be found in the bytes. */
async function* decodeByState(chunks: AsyncIterable<Uint8Array>, { name, encoding }: DecodeOptions) {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  let line = 1;
  const decode = (bytes: Uint8Array, stream: boolean): string => {
    try {
      const text = decoder.decode(bytes, { stream });
      line += count(text, "\n");
      return text;
    } catch (cause) {
      const text = `${name}, after line ${line}: the bytes are not valid ${encoding}. Check the file, or name its encoding (--encoding).`;
      throw new BertieError("input/invalid-utf8", text, { cause });
    }
  };
  for await (const chunk of chunks) yield decode(chunk, true);
  yield decode(new Uint8Array(0), false);
}

async function* decodeByLines(chunks: AsyncIterable<Uint8Array>, options: DecodeOptions): AsyncGenerator<string> {
  const decoder = new TextDecoder(options.encoding, { fatal: true, ignoreBOM: true });
  let line = 1;
  let rest: Uint8Array[] = [];
  let restLength = 0;
  function decode(block: Uint8Array): string {
    let text: string;
    try {
      text = decoder.decode(block);
    } catch {
      text = decodeLines(block, line, options);
    }
    line += count(text, "\n");
    return text;
  }
  for await (const chunk of chunks) {
    const end = Math.max(chunk.lastIndexOf(LINE_FEED), chunk.lastIndexOf(CARRIAGE_RETURN)) + 1;
    if (end > 0) {
      // Only the first line is copied, to be joined with its start.
      const first = rest.length === 0 ? 0 : firstLineEnd(chunk);
      if (first > 0) yield decode(concatenate([...rest, chunk.subarray(0, first)]));
      if (end > first) yield decode(chunk.subarray(first, end));
      rest = [];
      restLength = 0;
    }
    if (end < chunk.length) {
      rest.push(chunk.slice(end));
      restLength += chunk.length - end;
    }
    if (restLength > MAX_LINE_BYTES) {
      const text = `${options.name}, line ${line}: expected at most 64 MiB per line. Check that the file is a table.`;
      throw new BertieError("input/line-too-long", text);
    }
  }
  if (rest.length > 0) yield decode(concatenate(rest));
}

/** Returns the position after the first line end. */
function firstLineEnd(chunk: Uint8Array): number {
  const ends = [chunk.indexOf(LINE_FEED), chunk.indexOf(CARRIAGE_RETURN)].filter((end) => end >= 0);
  return Math.min(...ends) + 1;
}

/** Decodes the lines of a block with an invalid line one by one. */
function decodeLines(block: Uint8Array, firstLine: number, { name, encoding, onError }: DecodeOptions): string {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  let text = "";
  let line = firstLine;
  for (let start = 0; start < block.length; line++) {
    const found = block.indexOf(LINE_FEED, start);
    const end = found < 0 ? block.length : found + 1;
    const bytes = block.subarray(start, end);
    try {
      text += decoder.decode(bytes);
    } catch {
      onError(invalidBytes(`${name}, line ${line}, byte ${validLength(bytes, encoding) + 1}`, block, encoding));
      text += "\n";
    }
    start = end;
  }
  return text;
}

function invalidBytes(where: string, block: Uint8Array, encoding: string): BertieError {
  const { candidates } = detectEncoding(block, true);
  const [likely] = candidates.filter((candidate) => candidate !== encoding);
  const fix =
    likely === undefined || encoding !== "utf-8"
      ? "Fix or delete the line, or name the encoding of the file (--encoding)."
      : `The bytes look like ${likely}. Name the encoding (--encoding ${likely}), or save the file as UTF-8.`;
  const label = encoding === "utf-8" ? "UTF-8" : encoding;
  return new BertieError("input/invalid-utf8", `${where}: the bytes are not valid ${label}. ${fix}`);
}

/** Returns the number of bytes at the start that are complete characters. */
export function validLength(bytes: Uint8Array, encoding: string): number {
  return Math.min(decodableLength(bytes, encoding), Math.max(bytes.length - 1, 0));
}

function count(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) found++;
  return found;
}
