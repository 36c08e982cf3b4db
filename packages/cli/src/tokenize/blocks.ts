import {
  findColumns,
  hasHeader,
  type InputFormat,
  recordEndsOf,
  type TextColumns,
  type TextFields,
} from "@bertie/data/records";
import { type BufferPool, createRecordStream } from "@bertie/tokenizer-wasm/stream";
import { isInShard, type Shard, shardOfFiles } from "../shards/shard.ts";
import type { Block } from "./block.ts";
import { recordTooLong } from "./file-block.ts";
import { type Input, readInputStream } from "./inputs.ts";

/** Options for splitting inputs into blocks. */
export interface BlockOptions {
  readonly format: InputFormat;
  readonly fields: TextFields;
  readonly shard: Shard;
  /** Size of the byte range whose records make up a block. */
  readonly blockBytes: number;
  /** Number of bytes of a file that shards do not divide. */
  readonly unit: number;
  readonly pool: BufferPool;
  /** Receives the bytes of inputs that are read as streams, as stored (before decompression). */
  readonly onStored: (input: number, bytes: Uint8Array) => void;
  /** Whether to yield a smaller block as soon as a stream pauses. */
  readonly isPrompt: boolean;
  /** Signal that stops reading; its reason is thrown. */
  readonly signal: AbortSignal;
}

/** Byte range of a file that belongs to a shard. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/** Returns whether an input can be split at any byte. CSV cannot, because quoted fields may contain line breaks. */
export function isSplittable({ isPlainFile }: Input, format: InputFormat): boolean {
  return isPlainFile && format !== "csv";
}

/**
 * Returns the shard's part of each input; undefined for inputs that cannot be split.
 *
 * @param options.unit number of bytes that are not divided, so that the blocks of shards are the blocks of the whole input
 */
export function partsOf(
  inputs: readonly Input[],
  { format, shard, unit }: Pick<BlockOptions, "format" | "shard" | "unit">,
): (Part | undefined)[] {
  const sizes = inputs.map((input) => (isSplittable(input, format) ? (input.size ?? 0) : 0));
  const parts = shardOfFiles(sizes, shard, unit);
  return inputs.map((input, i) => (isSplittable(input, format) ? parts[i] : undefined));
}

/** Returns the number of blocks; infinity if any input is a stream. */
export function countBlocks(
  inputs: readonly Input[],
  options: Pick<BlockOptions, "format" | "shard" | "unit" | "blockBytes">,
): number {
  const counts = partsOf(inputs, options).map((part) =>
    part === undefined ? Number.POSITIVE_INFINITY : Math.ceil((part.to - part.from) / options.blockBytes),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Yields the blocks of a shard in order. The caller must return the buffers of stream blocks to the pool. */
export async function* blocksOf(inputs: readonly Input[], options: BlockOptions): AsyncGenerator<Block> {
  const parts = partsOf(inputs, options);
  for (const [i, input] of inputs.entries()) {
    const part = parts[i];
    yield* part === undefined ? streamBlocks(input, i, options) : fileBlocks(input, i, part, options);
  }
}

async function* fileBlocks(input: Input, number: number, part: Part, options: BlockOptions): AsyncGenerator<Block> {
  if (part.from === part.to && !hasHeader(options.format)) return;
  const start = createRecordStream(
    readInputStream(input, () => {}, options.signal),
    {
      ...options,
      ends: recordEndsOf(options.format),
      tooLong: () => recordTooLong(input.name),
    },
  );
  const head = await start.head(hasHeader(options.format));
  await start.close();
  const columns = await columnsOf(head.header, input, options);
  for (let from = part.from; from < part.to; from += options.blockBytes) {
    const to = Math.min(from + options.blockBytes, part.to);
    const place = { path: input.path!, firstRecord: head.bytes, from, to };
    yield { kind: "file", input: number, columns, stored: to - from, ...place };
  }
}

async function* streamBlocks(input: Input, number: number, options: BlockOptions): AsyncGenerator<Block> {
  const { format, shard, pool, onStored, signal } = options;
  let stored = 0;
  const onBytes = (bytes: Uint8Array) => {
    stored += bytes.length;
    onStored(number, bytes);
  };
  const stream = createRecordStream(readInputStream(input, onBytes, signal), {
    ends: recordEndsOf(format),
    tooLong: () => recordTooLong(input.name),
    pool,
    isPrompt: options.isPrompt && format !== "csv" && shard.count === 1,
  });
  const { header } = await stream.head(hasHeader(format));
  const columns = await columnsOf(header, input, options);
  for await (const block of stream.blocks(options.blockBytes)) {
    if (isInShard(block.number, shard)) {
      const { number: blockNumber, bytes, line } = block;
      yield { kind: "stream", input: number, number: blockNumber, columns, stored, bytes, line };
      stored = 0;
    } else {
      pool.release(block.bytes.buffer);
    }
  }
}

async function columnsOf(
  header: Uint8Array,
  { name }: Input,
  { format, fields }: BlockOptions,
): Promise<TextColumns | undefined> {
  return format === "lines" ? undefined : findColumns(header, format, fields, name);
}
