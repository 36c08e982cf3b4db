import type { Worker } from "node:worker_threads";
import type { Block, EncodedBlock } from "./block.ts";
import type { BufferPool } from "./buffer-pool.ts";
import type { EncodeSettings } from "./encode-block.ts";
import { buffersOf } from "./encode-here.ts";
import { startWorker } from "./start-worker.ts";

/** What a worker is given at its start. */
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

/** A worker that has its next blocks when it is done with one never waits for us, who hash and write at times. */
const TASKS_A_WORKER = 4;

/** Encodes blocks in other threads, and gives them in the order in which they came. */
export async function* encodeInThreads(
  blocks: AsyncIterable<Block>,
  threads: number,
  setup: WorkerSetup,
  pool: BufferPool,
): AsyncGenerator<[Block, EncodedBlock]> {
  const crew = Array.from({ length: threads }, () => startCrewMember(setup));
  /** What is under way, the oldest first. */
  const underWay: { readonly block: Block; readonly member: CrewMember; readonly answer: Promise<Answer> }[] = [];
  /** The oldest, when it is done. */
  async function* oldest(): AsyncGenerator<[Block, EncodedBlock]> {
    const { block, member, answer } = underWay.shift()!;
    const { encoded, buffers } = await answer;
    for (const buffer of buffers) pool.give(buffer);
    yield [block, encoded];
    member.spare.push(...buffersOf(encoded));
  }
  try {
    for await (const block of blocks) {
      const member = crew.reduce((least, other) => (other.tasks() < least.tasks() ? other : least));
      underWay.push({ block, member, answer: member.encode(block) });
      if (underWay.length > threads * TASKS_A_WORKER) yield* oldest();
    }
    while (underWay.length > 0) yield* oldest();
  } finally {
    // Answers that nobody waits for any more may be errors.
    for (const { answer } of underWay) answer.catch(() => {});
    await Promise.all(crew.map(({ worker }) => worker.terminate()));
  }
}

interface CrewMember {
  readonly worker: Worker;
  /** Buffers of its that were written, and go back to it. */
  readonly spare: ArrayBuffer[];
  /** How many blocks it has not answered. */
  tasks(): number;
  encode(block: Block): Promise<Answer>;
}

function startCrewMember(setup: WorkerSetup): CrewMember {
  const worker = startWorker(setup);
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
    worker,
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
