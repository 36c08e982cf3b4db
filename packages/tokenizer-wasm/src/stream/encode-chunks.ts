import { BertieError, lineEnds } from "@bertie/common";
import type { Core } from "../core.ts";
import { type EncodeLinesOptions, encodeAllLines, type Lines } from "../lines.ts";
import type { Runtime } from "../runtime.ts";
import type { RowFormat } from "../template.ts";
import { createBufferPool } from "./buffer-pool.ts";
import { encodeInWorkers } from "./encode-in-workers.ts";
import { createRecordStream, LONGEST_RECORD } from "./record-stream.ts";
import { blockBuffers, type LineBlock, type LineSetup } from "./serve-lines.ts";
import { startLineThreads, workerFailed } from "./threads.ts";
import { createWorkerPool, type WorkerPool } from "./worker-pool.ts";

/** Encodings of a part of the lines of a stream. */
export type LinesBatch = Lines & {
  /** Index of the batch's first line in the stream, from 0: row r is line `firstLine + r`. */
  readonly firstLine: number;
};

/** Parts of a tokenizer. */
export interface StreamTokenizer {
  readonly runtime: Runtime;
  readonly core: Core;
  readonly format: RowFormat;
  /** Whether the tokenizer does not remove control characters, which include a byte order mark. */
  readonly keepsControls: boolean;
}

interface EncodeChunksOptions {
  readonly blockBytes: number;
  readonly workers: number;
  readonly options: EncodeLinesOptions;
}

/** Encodes the lines of a stream in this thread or in workers. */
export function encodeChunks(
  chunks: AsyncIterable<Uint8Array>,
  { runtime, core, format, keepsControls }: StreamTokenizer,
  { blockBytes, workers, options }: EncodeChunksOptions,
): { readonly batches: AsyncGenerator<LinesBatch>; readonly interrupt: () => Promise<void> } {
  const buffers = createBufferPool();
  let pool: WorkerPool<LineSetup, LineBlock, Lines> | undefined;

  async function* blocks(): AsyncGenerator<LineBlock> {
    const records = createRecordStream(chunks, { ends: lineEnds(), tooLong, pool: buffers });
    // Other tokenizers ignore the mark, but count it in the offsets of the first line.
    if (keepsControls) await records.head(false);
    for await (const { bytes, line } of records.blocks(blockBytes)) yield { bytes, firstLine: line - 1 };
  }

  async function* encodeHere(): AsyncGenerator<LinesBatch> {
    for await (const block of blocks()) {
      const lines = encodeAllLines(runtime, core, block.bytes, options, format, block.firstLine);
      buffers.release(block.bytes.buffer);
      yield { ...lines, firstLine: block.firstLine };
      await nextTask();
    }
  }

  async function* encodeThere(): AsyncGenerator<LinesBatch> {
    pool = createWorkerPool(await startLineThreads(workers), blockBuffers);
    try {
      const setup = { module: runtime.module, source: core.source, format, options };
      const reuse = { pool: buffers, spareBuffers: () => [] };
      for await (const [block, lines] of encodeInWorkers(blocks(), pool, setup, reuse))
        yield { ...lines, firstLine: block.firstLine };
    } catch (error) {
      throw error instanceof BertieError ? error : workerFailed(error);
    } finally {
      await pool.end();
    }
  }

  /** Ends the workers, which makes the batches fail. */
  const interrupt = async () => pool?.end();
  return { batches: workers > 0 ? encodeThere() : encodeHere(), interrupt };
}

function tooLong(line: number): BertieError {
  const text = `line ${line}: the line is longer than the maximum of ${LONGEST_RECORD >> 20} MiB. Check that the input has line feeds.`;
  return new BertieError("input/record-too-long", text);
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
