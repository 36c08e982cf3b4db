import { BertieError } from "@bertie/common";
import type { TextFields } from "@bertie/data/records";
import { type BertTokenizer, loadModule } from "@bertie/tokenizer-wasm";
import { createBufferPool, encodeInWorkers } from "@bertie/tokenizer-wasm/stream";
import type { Pieces } from "../shards/pieces.ts";
import type { Shard } from "../shards/shard.ts";
import type { Block, EncodedBlock, Fault } from "./block.ts";
import { blocksOf } from "./blocks.ts";
import { createBlockEncoder, type EncodeSettings } from "./encode-block.ts";
import { buffersOf, encodeInMainThread } from "./encode-in-main-thread.ts";
import type { EncodePool } from "./encode-pool.ts";
import { createBlockReader } from "./file-block.ts";
import type { BlockWriter } from "./formats/block-writer.ts";
import type { InputHashes } from "./input-hashes.ts";
import type { Input } from "./inputs.ts";
import type { Counts } from "./progress.ts";

/** Inputs and settings of a tokenization run. */
export interface Corpus {
  readonly inputs: readonly Input[];
  readonly fields: TextFields;
  readonly shard: Shard;
  readonly settings: EncodeSettings;
  readonly tokenizer: BertTokenizer;
  /** Contents of the vocabulary file, from which worker threads create their tokenizers. */
  readonly vocab: Uint8Array;
  /** Requested number of threads. */
  readonly threads: number;
  readonly blockBytes: number;
  /** Number of bytes of a file that shards do not divide. */
  readonly unit: number;
  /** Whether to encode records as soon as a stream pauses, because another program may be waiting for the output. */
  readonly isPrompt: boolean;
}

/** Worker pool, callbacks and abort signal of a tokenization run. */
export interface CorpusContext {
  /** Pool of worker threads; undefined to encode in this thread. */
  readonly workerPool: EncodePool | undefined;
  /** Hashes of the inputs; undefined if they are not requested. */
  readonly hashes: InputHashes | undefined;
  /** Pieces of the output; undefined if they are not recorded. */
  readonly pieces: Pieces | undefined;
  /** Called after every block; the next block waits for the returned promise. */
  readonly onProgress: (counts: Counts) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Tokenizes a corpus: reads blocks, encodes them in this thread or in worker threads, and writes them in order. Memory use
 * depends on the block size and the number of threads, not on the size of the corpus.
 *
 * @throws BertieError "input/…" for an invalid record; the message names the file and the line
 */
export async function tokenizeCorpus(corpus: Corpus, writer: BlockWriter, context: CorpusContext): Promise<Counts> {
  const counts: Counts = { records: 0, tokens: 0, bytes: 0, invalid: 0, stored: 0 };
  for await (const [block, encoded] of encodedBlocks(corpus, context)) {
    if (encoded.fault !== undefined) throw errorOf(encoded.fault, block, corpus.inputs[block.input]!.name);
    // Before writing, which returns the buffer to the pool.
    context.pieces?.add({
      ...{ input: block.input, block: block.kind === "stream" ? block.number : null },
      ...{ records: encoded.records, tokens: encoded.tokens, bytes: encoded.packed.data.length },
    });
    await writer.write(encoded.packed);
    counts.records += encoded.records;
    counts.tokens += encoded.tokens;
    counts.bytes += encoded.bytes;
    counts.invalid += encoded.invalid;
    counts.stored += block.stored;
    await context.onProgress(counts);
  }
  writer.finish();
  return counts;
}

async function* encodedBlocks(
  corpus: Corpus,
  { workerPool, hashes, signal }: CorpusContext,
): AsyncGenerator<[Block, EncodedBlock]> {
  const { inputs, settings, tokenizer, vocab } = corpus;
  const pool = createBufferPool();
  const onStored = (input: number, bytes: Uint8Array) => hashes?.update(input, bytes);
  const blocks = blocksOf(inputs, { ...corpus, format: settings.inputFormat, pool, onStored, signal });
  if (workerPool !== undefined) {
    const { options, addedTokens } = tokenizer;
    const setup = { module: await loadModule(), vocab, options, addedTokens, settings };
    const reuse = { pool, spareBuffers: buffersOf };
    yield* encodeInWorkers(hashFileBlocks(blocks, hashes), workerPool, setup, reuse);
    return;
  }
  const reader = createBlockReader();
  try {
    const encode = await createBlockEncoder(settings, { tokenizer, reader, pool, onFileBytes: onStored });
    yield* encodeInMainThread(blocks, encode, pool);
  } finally {
    reader.close();
  }
}

/** Passes blocks through, and hashes the file ranges that worker threads will read. */
async function* hashFileBlocks(blocks: AsyncIterable<Block>, hashes: InputHashes | undefined): AsyncGenerator<Block> {
  for await (const block of blocks) {
    if (block.kind === "file") hashes?.updateFromFile(block);
    yield block;
  }
}

function errorOf({ code, message, place }: Fault, block: Block, fileName: string): BertieError {
  if (place === undefined) return new BertieError(code, message);
  const before = block.kind === "stream" ? block.line : linesBefore(block.path, place.start) + 1;
  const from = block.kind === "stream" && block.linesFrom !== undefined ? ` after byte ${block.linesFrom}` : "";
  return new BertieError(code, `${fileName}, line ${before + place.line}${from}: ${message}`);
}

function linesBefore(path: string, start: number): number {
  const reader = createBlockReader();
  try {
    return reader.linesBefore(path, start);
  } finally {
    reader.close();
  }
}
