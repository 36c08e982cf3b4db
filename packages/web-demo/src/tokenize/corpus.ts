import { concatenate } from "@bertie/common";
import type { BertTokenizer, EncodeLinesOptions, Lines } from "@bertie/tokenizer-wasm";

const LINE_FEED = 10;
/** Minimum block size: large enough to keep the overhead per call low, and small enough to show progress. */
const BLOCK_BYTES = 1 << 20;

export interface EncodedBlock {
  readonly lines: Lines;
  /** Number of bytes of the text, including line ends. */
  readonly bytes: number;
}

/**
 * Encodes a UTF-8 stream in blocks of complete lines, one row per line. Memory use depends on the longest line, not on the size
 * of the text. Each block reuses the arrays of the previous one.
 */
export async function* encodeStream(
  tokenizer: Pick<BertTokenizer, "encodeLines">,
  stream: AsyncIterable<Uint8Array>,
  options: EncodeLinesOptions,
): AsyncGenerator<EncodedBlock> {
  let lines: Lines | undefined;
  for await (const block of completeLines(stream)) {
    lines = tokenizer.encodeLines(block, { ...options, reuse: lines });
    yield { lines, bytes: block.length };
  }
}

/** Yields the bytes of a stream in blocks that end with a line feed. */
async function* completeLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const end = size + chunk.length < BLOCK_BYTES ? 0 : chunk.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) {
      yield concatenate([...parts, chunk.subarray(0, end)]);
      parts = [];
      size = 0;
    }
    const rest = chunk.subarray(end);
    parts.push(rest);
    size += rest.length;
  }
  if (size > 0) yield concatenate(parts);
}
