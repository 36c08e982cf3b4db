import { BertieError } from "@bertie/common";
import type { BufferPool } from "./buffer-pool.ts";
import type { Answer, FailedTask, SetupMessage, Task } from "./worker-pool.ts";

/** Connection of a worker to the thread that started it. */
export interface WorkerPort {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  listen(onMessage: (message: unknown) => void): void;
}

/** Functions of a worker that encodes blocks. */
export interface BlockServer<Setup, Block, Result> {
  /** Creates the function that encodes a block. */
  readonly open: (setup: Setup) => Promise<(block: Block) => Result>;
  /** Returns the buffers of a block, which are sent back for reuse. */
  readonly blockBuffers: (block: Block) => ArrayBuffer[];
  /** Returns the buffers of a result, which are moved to the other thread. */
  readonly resultBuffers: (result: Result) => ArrayBuffer[];
  /** Pool that receives the worker's buffers once they are free again. */
  readonly pool: BufferPool;
}

/**
 * Encodes the blocks that a worker of `createWorkerPool()` receives. Call it in the module of the worker.
 */
export function serveBlocks<Setup, Block, Result>(
  port: WorkerPort,
  { open, blockBuffers, resultBuffers, pool }: BlockServer<Setup, Block, Result>,
): void {
  let encoder: Promise<(block: Block) => Result>;
  port.listen(async (given) => {
    const message = given as SetupMessage<Setup> | Task<Block>;
    if ("setup" in message) {
      encoder = open(message.setup);
      // The first task reports the error.
      encoder.catch(() => {});
      return;
    }
    try {
      const encode = await encoder;
      for (const buffer of message.buffers) pool.release(buffer);
      const result = encode(message.block);
      const answer: Answer<Result> = { result, buffers: blockBuffers(message.block) };
      port.post(answer, [...answer.buffers, ...resultBuffers(result)]);
    } catch (error) {
      const failed: FailedTask = { code: error instanceof BertieError ? error.code : undefined, error };
      port.post(failed, []);
    }
  });
}
