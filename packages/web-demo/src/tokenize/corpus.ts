import { concatBytes } from "@bertie/common";
import type { BertTokenizer, EncodeLinesOptions, Lines } from "@bertie/tokenizer-wasm";
import { readable } from "../files/fetch-kept.ts";

const LINE_FEED = 10;
/** Large enough that a call costs little, small enough that speed can be shown. */
const BLOCK_BYTES = 1 << 20;

export interface EncodedBlock {
  readonly lines: Lines;
  /** Of the text, with its line ends. */
  readonly bytes: number;
}

/**
 * Encodes a stream of UTF-8, a row a line, in blocks of whole lines: memory does not grow with the text, but with its
 * longest line. A block's arrays are written over by the next.
 */
export async function* encodeStream(
  tokenizer: Pick<BertTokenizer, "encodeLines">,
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  options: EncodeLinesOptions,
): AsyncGenerator<EncodedBlock> {
  let lines: Lines | undefined;
  for await (const block of wholeLines(stream)) {
    lines = tokenizer.encodeLines(block, { ...options, reuse: lines });
    yield { lines, bytes: block.length };
  }
}

/** A stream's bytes, cut behind line feeds. */
async function* wholeLines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readable(stream)) {
    const end = size + chunk.length < BLOCK_BYTES ? 0 : chunk.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) {
      yield concatBytes([...parts, chunk.subarray(0, end)]);
      parts = [];
      size = 0;
    }
    const rest = chunk.subarray(end);
    parts.push(rest);
    size += rest.length;
  }
  if (size > 0) yield concatBytes(parts);
}
