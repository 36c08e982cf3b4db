import { Worker } from "node:worker_threads";
import type { Block, EncodedBlock } from "./block.ts";
import type { EncodeSettings } from "./encode-block.ts";

/** What a worker is given first. */
export interface WorkerSetup {
  readonly vocab: Uint8Array;
  readonly lowercase: boolean;
  readonly settings: EncodeSettings;
}

/** A block for a worker, with buffers that it may use. */
export interface Task {
  readonly block: Block;
  readonly buffers: ArrayBuffer[];
}

/** The answer: the block as tokens, and the buffer that the block came in. */
export interface Answer {
  readonly encoded: EncodedBlock;
  readonly buffers: ArrayBuffer[];
}

/** Threads that encode blocks. */
export interface Crew {
  readonly members: readonly CrewMember[];
  /** Ends the threads, whatever they do. */
  end(): Promise<void>;
}

/** Starts threads. They load what they need while nobody waits for it. */
export function startCrew(threads: number): Crew {
  const workers = Array.from({ length: threads }, startWorker);
  return {
    members: workers.map(createMember),
    async end() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** A thread of the source beside this file: built, or as it is where that is run. */
function startWorker(): Worker {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new Worker(new URL(`./encode-worker.${extension}`, import.meta.url));
}

export interface CrewMember {
  /** Comes before the first block. */
  prepare(setup: WorkerSetup): void;
  /** Buffers of its that were written, and go back to it. */
  readonly spare: ArrayBuffer[];
  /** How many blocks it has not answered. */
  tasks(): number;
  encode(block: Block): Promise<Answer>;
}

function createMember(worker: Worker): CrewMember {
  const waiting: { resolve(answer: Answer): void; reject(error: unknown): void }[] = [];
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  worker.on("message", (answer: Answer) => waiting.shift()?.resolve(answer));
  worker.on("error", fail);
  worker.on("messageerror", fail);
  worker.on("exit", (code) => fail(new Error(`a worker thread ended too early (${code})`)));
  const spare: ArrayBuffer[] = [];
  return {
    prepare: (setup) => worker.postMessage(setup),
    spare,
    tasks: () => waiting.length,
    encode(block) {
      return new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        waiting.push({ resolve, reject });
        const task: Task = { block, buffers: spare.splice(0) };
        worker.postMessage(task, block.kind === "stream" ? [...task.buffers, block.bytes.buffer] : task.buffers);
      });
    },
  };
}
