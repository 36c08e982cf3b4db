import type { AddedToken } from "@bertie/common";
import type { CompiledModule, TokenizerOptions } from "@bertie/tokenizer-wasm";
import { createWorkerPool, startThread, type WorkerPool } from "@bertie/tokenizer-wasm/stream";
import type { Block, EncodedBlock } from "./block.ts";
import type { EncodeSettings } from "./encode-block.ts";

/** Settings of a worker, from which it creates its tokenizer. */
export interface WorkerSetup {
  /** Compiled module of the tokenizer. */
  readonly module: CompiledModule;
  readonly vocab: Uint8Array;
  readonly options: TokenizerOptions;
  readonly addedTokens: readonly AddedToken[];
  readonly settings: EncodeSettings;
}

/** Pool of threads that encode blocks. */
export type EncodePool = WorkerPool<WorkerSetup, Block, EncodedBlock>;

/** Starts threads with `encode-worker.js`, or with `encode-worker.ts` if this module runs from source. */
export async function startEncodePool(threads: number): Promise<EncodePool> {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const url = new URL(`./encode-worker.${extension}`, import.meta.url);
  return createWorkerPool(await Promise.all(Array.from({ length: threads }, () => startThread(url))), blockBuffers);
}

/** Returns the pooled buffers of a block. */
export function blockBuffers(block: Block): ArrayBuffer[] {
  return block.kind === "stream" ? [block.bytes.buffer] : [];
}
