import {
  findColumns,
  hasHeader,
  type InputFormat,
  recordEndsOf,
  type TextColumns,
  type TextFields,
} from "@bertie/data/records";
import type { Block } from "./block.ts";
import type { BufferPool } from "./buffer-pool.ts";
import { type Input, readInputStream } from "./inputs.ts";
import { isDealt, type Shard, shardOfFiles } from "./shard.ts";
import { createRecordStream } from "./stream-blocks.ts";

/** What is cut into blocks, and how. */
export interface BlockOptions {
  readonly format: InputFormat;
  readonly fields: TextFields;
  readonly shard: Shard;
  /** A block has the records that start in so many bytes. */
  readonly blockBytes: number;
  readonly pool: BufferPool;
  /** Is told of the bytes of inputs that are not read by stretches, as they are stored. */
  readonly onStored: (input: number, bytes: Uint8Array) => void;
  /** Whether streams are to be passed on as soon as they pause; blocks are then smaller. */
  readonly isPrompt: boolean;
  /** Ends the reading, which then throws its reason. */
  readonly signal: AbortSignal;
}

/** What a run has of an input: the part of a file, or all of it. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/** Whether any stretch of the input can be read by itself: rows of CSV may hold line ends, and only their beginning tells. */
export function isCuttable({ isPlainFile }: Input, format: InputFormat): boolean {
  return isPlainFile && format !== "csv";
}

/** The shard's part of each input that can be cut; undefined for the others. */
export function partsOf(inputs: readonly Input[], format: InputFormat, shard: Shard): (Part | undefined)[] {
  const sizes = inputs.map((input) => (isCuttable(input, format) ? (input.size ?? 0) : 0));
  const parts = shardOfFiles(sizes, shard);
  return inputs.map((input, i) => (isCuttable(input, format) ? parts[i] : undefined));
}

/** How many blocks there are; more than can be counted where streams are among the inputs. */
export function countBlocks(
  inputs: readonly Input[],
  { format, shard, blockBytes }: Pick<BlockOptions, "format" | "shard" | "blockBytes">,
): number {
  const counts = partsOf(inputs, format, shard).map((part) =>
    part === undefined ? Number.POSITIVE_INFINITY : Math.ceil((part.to - part.from) / blockBytes),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The blocks of a shard of the inputs, in order. The buffers of streams' blocks are from the pool, and go back to it. */
export async function* blocksOf(inputs: readonly Input[], options: BlockOptions): AsyncGenerator<Block> {
  const parts = partsOf(inputs, options.format, options.shard);
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
      name: input.name,
      ends: recordEndsOf(options.format),
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
    name: input.name,
    ends: recordEndsOf(format),
    pool,
    isPrompt: options.isPrompt && format !== "csv" && shard.count === 1,
  });
  const { header } = await stream.head(hasHeader(format));
  const columns = await columnsOf(header, input, options);
  for await (const block of stream.blocks(options.blockBytes)) {
    if (isDealt(block.number, shard)) {
      yield { kind: "stream", input: number, columns, stored, bytes: block.bytes, line: block.line };
      stored = 0;
    } else {
      pool.give(block.bytes.buffer);
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
