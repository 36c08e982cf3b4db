import { Worker } from "node:worker_threads";
import type { AddedToken } from "@bertie/common";
import type { TokenizerOptions } from "@bertie/tokenizer-wasm";
import type { Block, EncodedBlock } from "./block.ts";
import type { EncodeSettings } from "./encode-block.ts";

/** First message to a worker. */
export interface WorkerSetup {
  readonly vocab: Uint8Array;
  readonly options: TokenizerOptions;
  readonly addedTokens: readonly AddedToken[];
  readonly settings: EncodeSettings;
}

/** Block for a worker, and buffers that the worker may reuse. */
export interface Task {
  readonly block: Block;
  readonly buffers: ArrayBuffer[];
}

/** Result of a task: the encoded block, and the buffer of the block for reuse. */
export interface Answer {
  readonly encoded: EncodedBlock;
  readonly buffers: ArrayBuffer[];
}

/** Pool of threads that encode blocks. */
export interface WorkerPool {
  readonly workers: readonly PoolWorker[];
  /** Terminates the threads, even if they are busy. */
  end(): Promise<void>;
}

/** Starts threads, which start the tokenizer's WebAssembly module while the caller continues. */
export function startWorkerPool(threads: number, module: WebAssembly.Module): WorkerPool {
  const started = Array.from({ length: threads }, () => startThread(module));
  return {
    workers: started.map(createPoolWorker),
    async end() {
      await Promise.all(started.map((thread) => thread.terminate()));
    },
  };
}

/** Starts a thread with `encode-worker.js`, or with `encode-worker.ts` if this module runs from source. */
function startThread(module: WebAssembly.Module): Worker {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new Worker(new URL(`./encode-worker.${extension}`, import.meta.url), { workerData: module });
}

/** Thread of the pool. */
export interface PoolWorker {
  /** Sets up the worker; must be called before the first block. */
  prepare(setup: WorkerSetup): void;
  /** Free buffers of the worker, which are returned to it with the next task. */
  readonly spare: ArrayBuffer[];
  /** Returns the number of blocks that are not encoded yet. */
  pendingTasks(): number;
  encode(block: Block): Promise<Answer>;
}

function createPoolWorker(thread: Worker): PoolWorker {
  const waiting: { resolve(answer: Answer): void; reject(error: unknown): void }[] = [];
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  thread.on("message", (answer: Answer) => waiting.shift()?.resolve(answer));
  thread.on("error", fail);
  thread.on("messageerror", fail);
  thread.on("exit", (code) => fail(new Error(`a worker thread exited unexpectedly with code ${code}`)));
  const spare: ArrayBuffer[] = [];
  return {
    prepare: (setup) => thread.postMessage(setup),
    spare,
    pendingTasks: () => waiting.length,
    encode(block) {
      return new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        waiting.push({ resolve, reject });
        const task: Task = { block, buffers: spare.splice(0) };
        thread.postMessage(task, block.kind === "stream" ? [...task.buffers, block.bytes.buffer] : task.buffers);
      });
    },
  };
}
