/**
 * Number of items in the first window, which is small so that the first results arrive early. Later windows double in
 * size.
 */
const FIRST_WINDOW = 32;
/** Maximum number of items in a window. */
const LARGEST_WINDOW = 1024;

/**
 * Maps the items of a stream in order, one window at a time. A window contains the items that have arrived while the
 * previous window was computed, up to 1,024: items from a slow source are mapped one by one, items from a fast source
 * in full batches.
 *
 * The source is read ahead by at most one window, and closed when the consumer stops.
 *
 * @param mapWindow computes the results of a window, in the order of its items
 * @param signal aborts the stream; the reason of the signal is thrown
 * @param fullWindows whether every window except the last has 1,024 items, however fast they arrive
 */
export async function* mapInOrder<T, A>(
  source: Iterable<T> | AsyncIterable<T>,
  mapWindow: (items: readonly T[]) => Promise<readonly A[]>,
  signal?: AbortSignal,
  fullWindows = false,
): AsyncGenerator<A> {
  const inbox = createInbox(source, signal);
  try {
    for (let size = FIRST_WINDOW; ; size = Math.min(2 * size, LARGEST_WINDOW)) {
      const items = await (fullWindows ? inbox.take(LARGEST_WINDOW, LARGEST_WINDOW) : inbox.take(size));
      if (items.length === 0) return;
      for (const result of await mapWindow(items)) {
        signal?.throwIfAborted();
        yield result;
      }
    }
  } finally {
    inbox.close();
  }
}

/** Creates a buffer that reads ahead from a source. */
function createInbox<T>(source: Iterable<T> | AsyncIterable<T>, signal: AbortSignal | undefined) {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let waiting: T[] = [];
  let state: "open" | "ended" | "closed" = "open";
  let failure: { readonly error: unknown } | undefined;
  /** Resolves when the buffer or its state changes. The reader and the consumer await this promise. */
  let change = createDeferred();
  const changed = () => {
    change.resolve();
    change = createDeferred();
  };
  signal?.addEventListener("abort", changed, { once: true });

  const reading = (async () => {
    while (state === "open") {
      if (waiting.length >= LARGEST_WINDOW) {
        await change.promise;
        continue;
      }
      const next = await iterator.next();
      if (next.done) break;
      waiting.push(next.value);
      changed();
    }
  })();
  reading
    .catch((error: unknown) => {
      failure = { error };
    })
    .finally(() => {
      if (state === "open") state = "ended";
      changed();
    });

  return {
    /**
     * Waits for at least `least` items, or for the end of the source, and returns at most `limit` of them. Returns an empty
     * array once the source has ended.
     */
    async take(limit: number, least = 1): Promise<T[]> {
      for (;;) {
        signal?.throwIfAborted();
        if (waiting.length >= least || state !== "open") break;
        await change.promise;
      }
      if (waiting.length === 0 && failure) throw failure.error;
      // A fast source gets a multiple of the first window, because remaining items would form small batches.
      const available = Math.min(waiting.length, limit);
      const count = available > FIRST_WINDOW && least === 1 ? available - (available % FIRST_WINDOW) : available;
      const items = waiting.slice(0, count);
      waiting = waiting.slice(count);
      changed();
      return items;
    },
    /** Stops reading, and closes the source. */
    close() {
      const isReading = state === "open";
      state = "closed";
      signal?.removeEventListener("abort", changed);
      changed();
      // A pending read, such as from a terminal, may take arbitrarily long, so the result is not awaited.
      if (isReading) void Promise.resolve(iterator.return?.()).catch(() => undefined);
    },
  };
}

/** Creates a promise together with the function that resolves it. */
function createDeferred() {
  let resolve = () => {};
  const promise = new Promise<void>((resolvePromise) => {
    resolve = resolvePromise;
  });
  return { promise, resolve };
}
