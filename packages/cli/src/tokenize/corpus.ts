import { BertieError } from "@bertie/common";
import type { TextFields } from "@bertie/data/records";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";
import type { Block, EncodedBlock, Fault } from "./block.ts";
import { blocksOf } from "./blocks.ts";
import { createBufferPool } from "./buffer-pool.ts";
import { createBlockEncoder, type EncodeSettings } from "./encode-block.ts";
import { encodeHere } from "./encode-here.ts";
import { encodeInThreads } from "./encode-in-threads.ts";
import { createBlockReader } from "./file-block.ts";
import type { BlockWriter } from "./formats/block-writer.ts";
import type { InputHashes } from "./input-hashes.ts";
import type { Input } from "./inputs.ts";
import type { Counts } from "./progress.ts";
import type { Shard } from "./shard.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** What is tokenized, and how. */
export interface Corpus {
  readonly inputs: readonly Input[];
  readonly fields: TextFields;
  readonly shard: Shard;
  readonly settings: EncodeSettings;
  readonly tokenizer: BertTokenizer;
  /** What the tokenizer was made of, so that threads can make their own. */
  readonly vocab: Uint8Array;
  /** How many were asked for. */
  readonly threads: number;
  readonly blockBytes: number;
  /** Whether somebody may wait for the first records before there are more. */
  readonly isPrompt: boolean;
}

/** What goes on beside. */
export interface Surroundings {
  /** Undefined to encode in this thread. */
  readonly workerPool: WorkerPool | undefined;
  /** Undefined where nobody asks for hashes. */
  readonly hashes: InputHashes | undefined;
  /** Is called after every block, which waits for it. */
  readonly onProgress: (counts: Counts) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Tokenizes a corpus: blocks are read, encoded here or in threads, and written in order. What is held at a time depends on
 * the size of blocks and the number of threads, not on the corpus.
 *
 * @throws BertieError "input/…", which names file and line
 */
export async function tokenizeCorpus(corpus: Corpus, writer: BlockWriter, around: Surroundings): Promise<Counts> {
  const counts: Counts = { records: 0, tokens: 0, bytes: 0, invalid: 0, stored: 0 };
  for await (const [block, encoded] of encodedBlocks(corpus, around)) {
    if (encoded.fault !== undefined) throw errorOf(encoded.fault, block, corpus.inputs[block.input]!.name);
    await writer.write(encoded.packed);
    counts.records += encoded.records;
    counts.tokens += encoded.tokens;
    counts.bytes += encoded.bytes;
    counts.invalid += encoded.invalid;
    counts.stored += block.stored;
    await around.onProgress(counts);
  }
  writer.finish();
  return counts;
}

async function* encodedBlocks(
  corpus: Corpus,
  { workerPool, hashes, signal }: Surroundings,
): AsyncGenerator<[Block, EncodedBlock]> {
  const { inputs, settings, tokenizer, vocab } = corpus;
  const pool = createBufferPool();
  const onStored = (input: number, bytes: Uint8Array) => hashes?.update(input, bytes);
  const blocks = blocksOf(inputs, { ...corpus, format: settings.inputFormat, pool, onStored, signal });
  if (workerPool !== undefined) {
    const setup = { vocab, lowercase: tokenizer.lowercase, settings };
    yield* encodeInThreads(hashed(blocks, hashes), workerPool, setup, pool);
    return;
  }
  const reader = createBlockReader();
  try {
    const encode = await createBlockEncoder(settings, { tokenizer, reader, pool, onStretch: onStored });
    yield* encodeHere(blocks, encode, pool);
  } finally {
    reader.close();
  }
}

/** Has the stretches hashed that others read. */
async function* hashed(blocks: AsyncIterable<Block>, hashes: InputHashes | undefined): AsyncGenerator<Block> {
  for await (const block of blocks) {
    if (block.kind === "file") hashes?.updateFromFile(block);
    yield block;
  }
}

function errorOf({ code, message, place }: Fault, block: Block, fileName: string): BertieError {
  if (place === undefined) return new BertieError(code, message);
  const before = block.kind === "stream" ? block.line : linesBefore(block.path, place.start) + 1;
  return new BertieError(code, `${fileName}, line ${before + place.line}: ${message}`);
}

function linesBefore(path: string, start: number): number {
  const reader = createBlockReader();
  try {
    return reader.linesBefore(path, start);
  } finally {
    reader.close();
  }
}
