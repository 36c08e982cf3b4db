import { BertieError, lineEnds } from "@bertie/common";
import type { SpecialIds } from "../encoding.ts";
import { type EncodeLinesOptions, encodeAllLines, type Lines } from "../lines.ts";
import type { Core, CoreSettings, Runtime } from "../wasm.ts";
import { createBufferPool } from "./buffer-pool.ts";
import { createChunkQueue } from "./chunk-queue.ts";
import { connectSides } from "./connect-sides.ts";
import { encodeInWorkers } from "./encode-in-workers.ts";
import { createRecordStream, LONGEST_RECORD } from "./record-stream.ts";
import { blockBuffers, type LineBlock, type LineSetup } from "./serve-lines.ts";
import { hasThreads, startLineThreads, workerFailed } from "./threads.ts";
import { createWorkerPool, type WorkerPool } from "./worker-pool.ts";

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

/** Encodings of a part of the lines of a stream. */
export type LinesBatch = Lines & {
  /** Index of the batch's first line in the stream, from 0: row r is line `firstLine + r`. */
  readonly firstLine: number;
};

/** Two sides of a stream, to be passed to `pipeThrough()`. */
export type LinesStream = {
  /** Input: UTF-8 bytes or text in chunks. A write resolves once the chunk is no longer needed, which may be after a read. */
  readonly writable: WritableStream<Uint8Array | string>;
  /** Batches in the order of the lines; none if there are no lines. */
  readonly readable: ReadableStream<LinesBatch>;
};

/** Parts of a tokenizer. */
export interface StreamTokenizer {
  readonly runtime: Runtime;
  readonly core: Core;
  readonly settings: CoreSettings;
  readonly special: SpecialIds;
  /** Whether the tokenizer does not remove control characters, which include a byte order mark. */
  readonly keepsControls: boolean;
}

const DEFAULT_BLOCK_BYTES = 1 << 20;
const MAX_WORKERS = 256;
/** Minimum size of the parts of a large chunk, which are copied to the current block one by one. */
const MIN_PART_BYTES = 1 << 12;

/**
 * Opens a stream.
 *
 * @throws BertieError "options/…" if an option is invalid
 */
export function openStream(tokenizer: StreamTokenizer, given: EncodeStreamOptions): LinesStream {
  const { runtime, core, settings, special, keepsControls } = tokenizer;
  const { blockBytes = DEFAULT_BLOCK_BYTES, workers = 0, signal, ...options } = given;
  checkCount("blockBytes", blockBytes, 1, LONGEST_RECORD);
  checkCount("workers", workers, 0, MAX_WORKERS);
  if (workers > 0 && !hasThreads())
    throw new BertieError("options/workers", `workers is ${workers}, but there are no workers here. Set workers to 0.`);
  const encode = ({ bytes, firstLine }: LineBlock) => encodeAllLines(runtime, core, bytes, options, special, firstLine);
  // Throws if one of the other options is invalid.
  encode({ bytes: new Uint8Array(0), firstLine: 0 });

  const chunks = createChunkQueue(Math.max(blockBytes, MIN_PART_BYTES));
  const buffers = createBufferPool();
  let pool: WorkerPool<LineSetup, LineBlock, Lines> | undefined;

  async function* blocks(): AsyncGenerator<LineBlock> {
    const records = createRecordStream(chunks.bytes, { ends: lineEnds(), tooLong, pool: buffers });
    // Other tokenizers ignore the mark, but count it in the offsets of the first line.
    if (keepsControls) await records.head(false);
    for await (const { bytes, line } of records.blocks(blockBytes)) yield { bytes, firstLine: line - 1 };
  }

  async function* encodeHere(): AsyncGenerator<LinesBatch> {
    for await (const block of blocks()) {
      const lines = encode(block);
      buffers.release(block.bytes.buffer);
      yield { ...lines, firstLine: block.firstLine };
      await nextTask();
    }
  }

  async function* encodeThere(): AsyncGenerator<LinesBatch> {
    pool = createWorkerPool(await startLineThreads(workers), blockBuffers);
    try {
      const setup = { module: runtime.module, vocabulary: core.vocabulary(), settings, special, options };
      const reuse = { pool: buffers, spareBuffers: () => [] };
      for await (const [block, lines] of encodeInWorkers(blocks(), pool, setup, reuse))
        yield { ...lines, firstLine: block.firstLine };
    } catch (error) {
      throw error instanceof BertieError ? error : workerFailed(error);
    } finally {
      await pool.end();
    }
  }

  const batches = workers > 0 ? encodeThere() : encodeHere();
  return connectSides(chunks, batches, { interrupt: async () => pool?.end(), signal });
}

function tooLong(line: number): BertieError {
  const text = `line ${line}: the line is longer than the maximum of ${LONGEST_RECORD >> 20} MiB. Check that the input has line feeds.`;
  return new BertieError("input/record-too-long", text);
}

function checkCount(name: "blockBytes" | "workers", value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const code = name === "workers" ? "options/workers" : "options/block-bytes";
  throw new BertieError(code, `${name} is ${value}. Expected a whole number from ${least} to ${most}.`);
}

/** Waits until other tasks of the event loop have run, such as timers and events of the page. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof MessageChannel !== "function") {
      setTimeout(resolve);
      return;
    }
    // Browsers delay nested timers by 4 ms.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
