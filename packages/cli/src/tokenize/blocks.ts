import {
  findColumns,
  hasHeader,
  type InputFormat,
  recordEndsOf,
  type TextColumns,
  type TextFields,
} from "@bertie/data/records";
import type { RemoteFile } from "@bertie/stores";
import { type BufferPool, createRecordStream } from "@bertie/tokenizer-wasm/stream";
import { isInShard, type Shard, shardOfFiles } from "../shards/shard.ts";
import type { Block } from "./block.ts";
import { recordTooLong } from "./file-block.ts";
import { type Input, readInputStream } from "./inputs.ts";
import { readRemotePart } from "./remote-part.ts";

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
    if (part === undefined) yield* streamBlocks(input, i, options);
    else if (input.remote !== undefined) yield* remoteBlocks(input.remote, input, i, part, options);
    else yield* fileBlocks(input, i, part, options);
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

/** Yields the blocks of {@link fileBlocks}, whose bytes this thread reads in order. */
async function* remoteBlocks(
  remote: RemoteFile,
  input: Input,
  number: number,
  part: Part,
  options: BlockOptions,
): AsyncGenerator<Block> {
  const { format, pool, onStored, signal, blockBytes } = options;
  if (part.from === part.to && !hasHeader(format)) return;
  const recordOptions = { ends: recordEndsOf(format), tooLong: () => recordTooLong(input.name), pool };
  const start = createRecordStream(remote.stream({ signal }), recordOptions);
  const head = await start.head(hasHeader(format));
  await start.close();
  const columns = await columnsOf(head.header, input, options);
  let stored = 0;
  const onRead = (bytes: Uint8Array) => {
    stored += bytes.length;
    onStored(number, bytes);
  };
  // Lines of the first part are counted from the start of the file. Other parts start one byte earlier: a line starts at the
  // first byte of the part only if the previous byte is a line feed.
  const isFirst = part.from <= head.bytes;
  const from = isFirst ? 0 : part.from - 1;
  const records = createRecordStream(readRemotePart(remote, from, part, { onRead, signal }), recordOptions);
  const firstRecord = from + (await records.head(isFirst ? hasHeader(format) : true)).bytes;
  if (firstRecord >= part.to) return records.close();
  const place = isFirst ? {} : { linesFrom: part.from };
  for await (const { bytes, line } of records.blocks(blockBytes, firstRecord - part.from)) {
    yield { kind: "stream", input: number, number: null, columns, stored, bytes, line, ...place };
    stored = 0;
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
