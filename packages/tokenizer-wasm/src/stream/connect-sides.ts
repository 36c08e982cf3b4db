import { type ChunkQueue, checkChunk } from "./chunk-queue.ts";

interface Connection {
  /** Makes the work on the next batch fail soon. */
  readonly interrupt: () => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Creates the two sides of a stream. Nothing runs before the first read. If one side fails, the other fails with the same error.
 *
 * @param chunks queue that the writable side fills
 * @param batches generator of the readable side, which reads the queue
 */
export function connectSides<Batch>(
  chunks: ChunkQueue,
  batches: AsyncGenerator<Batch>,
  { interrupt, signal }: Connection,
): { readonly writable: WritableStream<Uint8Array | string>; readonly readable: ReadableStream<Batch> } {
  let writer: WritableStreamDefaultController;
  let reader: ReadableStreamDefaultController<Batch>;
  let ending: Promise<void> | undefined;

  /** Fails both sides, and returns once the generator and its workers have ended. */
  function fail(reason: unknown, isWriterAborted = false): Promise<void> {
    ending ??= end(reason, isWriterAborted);
    return ending;
  }

  async function end(reason: unknown, isWriterAborted: boolean): Promise<void> {
    signal?.removeEventListener("abort", onAbort);
    chunks.fail(reason);
    // Node 20 fails if a stream gets an error while it is being aborted.
    if (!isWriterAborted) writer.error(reason);
    reader.error(reason);
    await interrupt();
    // A batch that is being encoded in this thread ends first.
    await batches.return(undefined).catch(() => {});
  }

  function onAbort(): void {
    void fail(signal!.reason);
  }

  const readable = new ReadableStream<Batch>(
    {
      start(controller) {
        reader = controller;
      },
      async pull(controller) {
        try {
          const { done, value } = await batches.next();
          if (ending !== undefined) return;
          if (!done) {
            controller.enqueue(value);
            return;
          }
          signal?.removeEventListener("abort", onAbort);
          controller.close();
        } catch (error) {
          void fail(error);
        }
      },
      cancel: (reason) => fail(reason),
    },
    { highWaterMark: 0 },
  );
  const writable = new WritableStream<Uint8Array | string>({
    start(controller) {
      writer = controller;
      // The function `abort` is only called after a write has ended, and the write may wait for the reader.
      controller.signal.addEventListener("abort", () => void fail(controller.signal.reason, true));
    },
    async write(chunk) {
      try {
        await chunks.write(checkChunk(chunk));
      } catch (error) {
        void fail(error);
        throw error;
      }
    },
    close() {
      chunks.end();
    },
    abort: (reason) => fail(reason, true),
  });
  if (signal?.aborted) onAbort();
  else signal?.addEventListener("abort", onAbort);
  return { writable, readable };
}
