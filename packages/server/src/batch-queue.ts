import { setImmediate } from "node:timers/promises";
import { overloaded } from "./http-error.ts";

/** Text that waits for a batch. */
export interface QueueItem<T> {
  readonly input: T;
  /** Length of the longest row of the text, in tokens, which its batch is padded to. */
  readonly length: number;
  /** Number of rows that the text adds to a batch: more than one for a text in windows. */
  readonly rows: number;
  /** Only items with the same key share a batch. */
  readonly key?: string;
}

/** Result of an item, with the times that it waited and was computed, in milliseconds. */
export interface QueueResult<R> {
  readonly output: R;
  readonly queueMs: number;
  readonly computeMs: number;
}

/** Options of {@link createBatchQueue}. */
export interface BatchQueueOptions<T, R> {
  /** Computes the outputs of a batch, in order. */
  readonly run: (inputs: readonly T[], key: string) => Promise<readonly R[]>;
  /** Maximum number of tokens per batch, with padding. A text that has more by itself is a batch of its own. */
  readonly maxBatchTokens: number;
  /** Maximum number of waiting texts. */
  readonly maxQueue: number;
  /** Receives the size of each batch. */
  readonly onBatch?: (size: number, tokens: number) => void;
}

/** Queue that forms batches from the texts of several requests. */
export interface BatchQueue<T, R> {
  /** Number of texts that wait. */
  readonly size: number;
  /**
   * Adds the texts of a request: all or none of them.
   *
   * @returns the results in the order of the texts
   * @throws HttpError 429 if the queue has no space for all of them
   * @throws the reason of `signal` if it is aborted; texts that still wait are then removed
   */
  add(items: readonly QueueItem<T>[], signal: AbortSignal): Promise<QueueResult<R>[]>;
}

interface Waiting<T, R> extends QueueItem<T> {
  readonly key: string;
  readonly since: number;
  readonly resolve: (result: QueueResult<R>) => void;
  readonly reject: (error: unknown) => void;
}

/** Number of waiting texts that a batch is chosen from, oldest first. */
const CANDIDATES = 1024;

/**
 * Creates a queue that forms batches by tokens. A batch contains the text that has waited longest, and the texts whose
 * lengths are closest to its length, so that little is padded and no text waits forever. One batch runs at a time.
 */
export function createBatchQueue<T, R>(options: BatchQueueOptions<T, R>): BatchQueue<T, R> {
  const { run, maxBatchTokens, maxQueue, onBatch } = options;
  let waiting: Waiting<T, R>[] = [];
  let isRunning = false;
  /** Texts per millisecond, averaged over the last batches, for Retry-After. */
  let speed: number | undefined;

  async function runBatch(batch: readonly Waiting<T, R>[]): Promise<void> {
    const start = performance.now();
    try {
      const outputs = await run(
        batch.map(({ input }) => input),
        batch[0]!.key,
      );
      const computeMs = performance.now() - start;
      speed = 0.8 * (speed ?? batch.length / computeMs) + 0.2 * (batch.length / computeMs);
      for (const [i, { resolve, since }] of batch.entries())
        resolve({ output: outputs[i]!, queueMs: start - since, computeMs });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  async function runAll(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) {
      await collect(() => waiting.length);
      const batch = chooseBatch(waiting.slice(0, CANDIDATES), maxBatchTokens);
      if (batch.length === 0) continue;
      const chosen = new Set(batch);
      waiting = waiting.filter((item) => !chosen.has(item));
      onBatch?.(batch.length, paddedTokens(batch));
      await runBatch(batch);
    }
    isRunning = false;
  }

  return {
    get size() {
      return waiting.length;
    },
    async add(items, signal) {
      signal.throwIfAborted();
      if (waiting.length + items.length > maxQueue) {
        const seconds = Math.ceil(waiting.length / (speed ?? 1) / 1000);
        const text = `the model is overloaded: ${waiting.length} texts wait, and the queue has space for ${maxQueue}. Try again later.`;
        throw overloaded(text, Math.min(Math.max(seconds, 1), 60));
      }
      const since = performance.now();
      const own = new Set<Waiting<T, R>>();
      const results = items.map(
        (item) =>
          new Promise<QueueResult<R>>((resolve, reject) => {
            const entry = { ...item, key: item.key ?? "", since, resolve, reject };
            own.add(entry);
            waiting.push(entry);
          }),
      );
      const onAbort = () => {
        const removed = waiting.filter((item) => own.has(item));
        waiting = waiting.filter((item) => !own.has(item));
        for (const { reject } of removed) reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      if (!isRunning) void runAll();
      try {
        const done = await Promise.all(results);
        signal.throwIfAborted();
        return done;
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },
  };
}

/** Turns of the event loop that a request takes from the socket to the queue. */
const TURNS_PER_REQUEST = 3;
const MAX_ROUNDS = 8;

/**
 * Waits until no more items arrive: a request takes several turns of the event loop from the socket to the queue, and an
 * engine that computes in the main thread lets none of them happen during a batch.
 */
async function collect(count: () => number): Promise<void> {
  for (let before = -1, round = 0; round < MAX_ROUNDS && count() > before; round++) {
    before = count();
    for (let i = 0; i < TURNS_PER_REQUEST; i++) await setImmediate();
  }
}

/** Chooses the items of the next batch among the candidates, the first of which has waited longest. */
function chooseBatch<T, R>(candidates: readonly Waiting<T, R>[], maxTokens: number): Waiting<T, R>[] {
  const [oldest] = candidates;
  if (oldest === undefined) return [];
  const distance = ({ length }: Waiting<T, R>) => Math.abs(length - oldest.length);
  const nearest = candidates
    .slice(1)
    .filter(({ key }) => key === oldest.key)
    .sort((a, b) => distance(a) - distance(b));
  const batch = [oldest];
  for (const item of nearest) {
    if (paddedTokens([...batch, item]) > maxTokens) break;
    batch.push(item);
  }
  return batch;
}

/** Returns the number of tokens of a batch whose rows are padded to the longest of them. */
function paddedTokens(batch: readonly QueueItem<unknown>[]): number {
  const longest = Math.max(...batch.map(({ length }) => length));
  return longest * batch.reduce((sum, { rows }) => sum + rows, 0);
}
