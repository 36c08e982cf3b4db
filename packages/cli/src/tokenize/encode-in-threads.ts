import type { Block, EncodedBlock } from "./block.ts";
import type { BufferPool } from "./buffer-pool.ts";
import { buffersOf } from "./encode-in-main-thread.ts";
import type { Answer, PoolWorker, WorkerPool, WorkerSetup } from "./worker-pool.ts";

/** Number of queued blocks per worker. No worker becomes idle while the main thread hashes and writes. */
const TASKS_PER_WORKER = 4;

/** Encodes blocks in worker threads and yields them in their original order. */
export async function* encodeInThreads(
  blocks: AsyncIterable<Block>,
  { workers }: WorkerPool,
  setup: WorkerSetup,
  pool: BufferPool,
): AsyncGenerator<[Block, EncodedBlock]> {
  for (const worker of workers) worker.prepare(setup);
  /** Pending blocks, the oldest first. */
  const pending: { readonly block: Block; readonly worker: PoolWorker; readonly answer: Promise<Answer> }[] = [];
  /** Yields the oldest block once it is encoded. */
  async function* oldest(): AsyncGenerator<[Block, EncodedBlock]> {
    const { block, worker, answer } = pending.shift()!;
    const { encoded, buffers } = await answer;
    for (const buffer of buffers) pool.release(buffer);
    yield [block, encoded];
    worker.spare.push(...buffersOf(encoded));
  }
  try {
    for await (const block of blocks) {
      const worker = workers.reduce((least, other) => (other.pendingTasks() < least.pendingTasks() ? other : least));
      pending.push({ block, worker, answer: worker.encode(block) });
      if (pending.length > workers.length * TASKS_PER_WORKER) yield* oldest();
    }
    while (pending.length > 0) yield* oldest();
  } finally {
    // Answers that are no longer awaited may be rejected.
    for (const { answer } of pending) answer.catch(() => {});
  }
}
