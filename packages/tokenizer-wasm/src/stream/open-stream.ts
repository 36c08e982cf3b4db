import { BertieError } from "@bertie/common";
import { type EncodeLinesOptions, encodeAllLines } from "../lines.ts";
import { createChunkQueue } from "./chunk-queue.ts";
import { connectSides } from "./connect-sides.ts";
import type { LinesBatch, StreamTokenizer } from "./encode-chunks.ts";
import { threadKind } from "./thread-kind.ts";

/** Options of {@link BertTokenizer.stream}. */
export type EncodeStreamOptions = Omit<EncodeLinesOptions, "reuse"> & {
  /**
   * Size of a batch in bytes of text: batch k holds the lines that start in the bytes from k × `blockBytes` to
   * (k + 1) × `blockBytes`. With 1, each line is a batch, available as soon as the line is complete.
   *
   * @default 1048576
   */
  readonly blockBytes?: number | undefined;
  /**
   * Number of workers that encode: worker threads in Node, Deno and Bun, Web Workers in pages. With 0, the stream encodes in the
   * thread that reads it. Workers are started when the stream is first read, and terminated when the stream ends, fails, or
   * is canceled or aborted.
   *
   * @default 0
   */
  readonly workers?: number | undefined;
  /** Signal that aborts the stream: both sides then fail with its reason. */
  readonly signal?: AbortSignal | undefined;
};

/** Two sides of a stream, to be passed to `pipeThrough()`. */
export type LinesStream = {
  /** Input: UTF-8 bytes or text in chunks. A write resolves once the chunk is no longer needed, which may be after a read. */
  readonly writable: WritableStream<Uint8Array | string>;
  /** Batches in the order of the lines; none if there are no lines. */
  readonly readable: ReadableStream<LinesBatch>;
};

const DEFAULT_BLOCK_BYTES = 1 << 20;
const MAX_BLOCK_BYTES = 1 << 26;
const MAX_WORKERS = 256;
/** Minimum size of the parts of a large chunk, which are copied to the current block one by one. */
const MIN_PART_BYTES = 1 << 12;

/**
 * Opens a stream.
 *
 * @throws BertieError "options/…" if an option is invalid
 */
export function openStream(tokenizer: StreamTokenizer, given: EncodeStreamOptions): LinesStream {
  const { runtime, core, format } = tokenizer;
  const { blockBytes = DEFAULT_BLOCK_BYTES, workers = 0, signal, ...options } = given;
  checkCount("blockBytes", blockBytes, 1, MAX_BLOCK_BYTES);
  checkCount("workers", workers, 0, MAX_WORKERS);
  if (workers > 0 && threadKind() === undefined)
    throw new BertieError("options/workers", `workers is ${workers}, but there are no workers here. Set workers to 0.`);
  // Throws if one of the other options is invalid.
  encodeAllLines(runtime, core, new Uint8Array(0), options, format);

  const chunks = createChunkQueue(Math.max(blockBytes, MIN_PART_BYTES));
  let interrupt = async () => {};
  async function* encode(): AsyncGenerator<LinesBatch> {
    // Most programs do not use streams, and start faster without the rest.
    const { encodeChunks } = await import("./encode-chunks.ts");
    const encoding = encodeChunks(chunks.bytes, tokenizer, { blockBytes, workers, options });
    interrupt = encoding.interrupt;
    yield* encoding.batches;
  }
  return connectSides(chunks, encode(), { interrupt: () => interrupt(), signal });
}

function checkCount(name: "blockBytes" | "workers", value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const code = name === "workers" ? "options/workers" : "options/block-bytes";
  throw new BertieError(code, `${name} is ${value}. Expected a whole number from ${least} to ${most}.`);
}
