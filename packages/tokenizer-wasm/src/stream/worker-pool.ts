import { BertieError, type ErrorCode } from "@bertie/common";

/** Thread that runs the module of a worker: a Web Worker, or a worker thread of Node, Deno or Bun. */
export interface Thread {
  /** Sends a message, and moves the buffers in `transfer` to the thread. */
  post(message: unknown, transfer: ArrayBuffer[]): void;
  /** Sets the functions that receive the thread's messages, and the error with which the thread fails. */
  listen(onMessage: (message: unknown) => void, onFailure: (error: unknown) => void): void;
  /** Sets whether the thread keeps the process alive, which is not the case at first. */
  keepAlive(isBusy: boolean): void;
  /** Terminates the thread, even if it is busy. */
  end(): Promise<void>;
}

/** First message to a worker. */
export interface SetupMessage<Setup> {
  readonly setup: Setup;
}

/** Block for a worker, and buffers that the worker may reuse. */
export interface Task<Block> {
  readonly block: Block;
  readonly buffers: ArrayBuffer[];
}

/** Result of a task, and the buffers of its block for reuse. */
export interface Answer<Result> {
  readonly result: Result;
  readonly buffers: ArrayBuffer[];
}

/** Error of a task. Copies of errors lose their code, which is therefore sent separately. */
export interface FailedTask {
  readonly code: ErrorCode | undefined;
  readonly error: unknown;
}

/** Worker of a pool. */
export interface PoolWorker<Setup, Block, Result> {
  /** Sets up the worker; must be called before the first block. */
  prepare(setup: Setup): void;
  /** Free buffers of the worker, which are returned to it with the next task. */
  readonly spare: ArrayBuffer[];
  /** Returns the number of blocks that are not encoded yet. */
  pendingTasks(): number;
  encode(block: Block): Promise<Answer<Result>>;
}

/** Pool of workers that encode blocks. */
export interface WorkerPool<Setup, Block, Result> {
  readonly workers: readonly PoolWorker<Setup, Block, Result>[];
  /** Terminates the threads, even if they are busy. Blocks that are not encoded yet fail. */
  end(): Promise<void>;
}

/**
 * Creates a pool of workers.
 *
 * @param threads threads that run {@link serveBlocks}
 * @param blockBuffers returns the buffers to move to the worker with a block
 */
export function createWorkerPool<Setup, Block, Result>(
  threads: readonly Thread[],
  blockBuffers: (block: Block) => ArrayBuffer[],
): WorkerPool<Setup, Block, Result> {
  const workers = threads.map((thread) => createPoolWorker<Setup, Block, Result>(thread, blockBuffers));
  return {
    workers,
    async end() {
      for (const { fail } of workers) fail(new Error("the worker threads have been terminated"));
      await Promise.all(threads.map((thread) => thread.end()));
    },
  };
}

function createPoolWorker<Setup, Block, Result>(thread: Thread, blockBuffers: (block: Block) => ArrayBuffer[]) {
  const waiting: { resolve(answer: Answer<Result>): void; reject(error: unknown): void }[] = [];
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  thread.listen((message) => {
    const answer = message as Answer<Result> | FailedTask;
    const task = waiting.shift();
    if (waiting.length === 0) thread.keepAlive(false);
    if ("error" in answer) task?.reject(errorOf(answer));
    else task?.resolve(answer);
  }, fail);
  const spare: ArrayBuffer[] = [];
  return {
    prepare: (setup: Setup) => thread.post({ setup } satisfies SetupMessage<Setup>, []),
    spare,
    pendingTasks: () => waiting.length,
    encode(block: Block): Promise<Answer<Result>> {
      return new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        waiting.push({ resolve, reject });
        if (waiting.length === 1) thread.keepAlive(true);
        const task: Task<Block> = { block, buffers: spare.splice(0) };
        thread.post(task, [...task.buffers, ...blockBuffers(block)]);
      });
    },
    fail,
  };
}

function errorOf({ code, error }: FailedTask): unknown {
  return code === undefined ? error : new BertieError(code, (error as Error).message);
}
