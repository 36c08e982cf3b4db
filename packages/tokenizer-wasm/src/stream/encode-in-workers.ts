import type { BufferPool } from "./buffer-pool.ts";
import type { Answer, PoolWorker, WorkerPool } from "./worker-pool.ts";

/** Number of queued blocks per worker. No worker becomes idle while the main thread hashes and writes. */
const TASKS_PER_WORKER = 4;

/** Handling of the buffers of blocks and results. */
export interface BufferReuse<Result> {
  /** Pool of the buffers of blocks. */
  readonly pool: BufferPool;
  /** Returns the buffers of a result that the worker may reuse once the next result is requested. */
  readonly spareBuffers: (result: Result) => ArrayBuffer[];
}

/**
 * Encodes blocks in the workers of a pool, and yields them with their results in the original order. Reads at most four blocks
 * per worker ahead.
 */
export async function* encodeInWorkers<Setup, Block, Result>(
  blocks: AsyncIterable<Block>,
  { workers }: WorkerPool<Setup, Block, Result>,
  setup: Setup,
  { pool, spareBuffers }: BufferReuse<Result>,
): AsyncGenerator<[Block, Result]> {
  for (const worker of workers) worker.prepare(setup);
  /** Pending blocks, the oldest first. */
  const pending: Pending<Setup, Block, Result>[] = [];
  /** Yields the oldest block once it is encoded. */
  async function* oldest(): AsyncGenerator<[Block, Result]> {
    const { block, worker, answer } = pending.shift()!;
    const { result, buffers } = await answer;
    for (const buffer of buffers) pool.release(buffer);
    yield [block, result];
    worker.spare.push(...spareBuffers(result));
  }
  for await (const block of blocks) {
    const worker = workers.reduce((least, other) => (other.pendingTasks() < least.pendingTasks() ? other : least));
    const task = { block, worker, answer: worker.encode(block), isDone: false };
    const done = () => {
      task.isDone = true;
    };
    // An error is thrown when the task is the oldest, or never if the caller stops before.
    task.answer.then(done, done);
    pending.push(task);
    // A slow source does not delay the blocks that are already encoded.
    while (pending[0]?.isDone || pending.length > workers.length * TASKS_PER_WORKER) yield* oldest();
  }
  while (pending.length > 0) yield* oldest();
}

interface Pending<Setup, Block, Result> {
  readonly block: Block;
  readonly worker: PoolWorker<Setup, Block, Result>;
  readonly answer: Promise<Answer<Result>>;
  /** Whether the answer has arrived. */
  readonly isDone: boolean;
}
