/** The first window is small, so that the first answers come soon; each following one is twice as large, up to the last. */
const FIRST_WINDOW = 32;
const LARGEST_WINDOW = 1024;

/**
 * Answers the items of a stream in their order, a window at a time: all that has arrived while the window before was
 * computed, up to 1,024 items. A slow stream is answered item by item, and a fast one in full batches.
 *
 * The source is read ahead by one window at most. It is closed when the consumer stops.
 *
 * @param answer computes the answers of a window, in its order
 * @param signal stops the stream, with its reason as the error
 */
export async function* answerInOrder<T, A>(
  source: Iterable<T> | AsyncIterable<T>,
  answer: (items: readonly T[]) => Promise<readonly A[]>,
  signal?: AbortSignal,
): AsyncGenerator<A> {
  const inbox = createInbox(source, signal);
  try {
    for (let size = FIRST_WINDOW; ; size = Math.min(2 * size, LARGEST_WINDOW)) {
      const items = await inbox.take(size);
      if (items.length === 0) return;
      for (const result of await answer(items)) {
        signal?.throwIfAborted();
        yield result;
      }
    }
  } finally {
    inbox.close();
  }
}

/** Reads a source ahead. */
function createInbox<T>(source: Iterable<T> | AsyncIterable<T>, signal: AbortSignal | undefined) {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let waiting: T[] = [];
  let state: "open" | "ended" | "closed" = "open";
  let failure: { readonly error: unknown } | undefined;
  /** Resolves when there is something new to look at, for the reader or for the consumer. */
  let change = createChange();
  const changed = () => {
    change.happen();
    change = createChange();
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
    /** At least one item, unless the source has ended; at most `most`. */
    async take(most: number): Promise<T[]> {
      for (;;) {
        signal?.throwIfAborted();
        if (waiting.length > 0 || state !== "open") break;
        await change.promise;
      }
      if (waiting.length === 0 && failure) throw failure.error;
      // Full batches only, while more is to come at once: what is left over would take small ones.
      const available = Math.min(waiting.length, most);
      const count = available > FIRST_WINDOW ? available - (available % FIRST_WINDOW) : available;
      const items = waiting.slice(0, count);
      waiting = waiting.slice(count);
      changed();
      return items;
    },
    close() {
      const isReading = state === "open";
      state = "closed";
      signal?.removeEventListener("abort", changed);
      changed();
      // A source that waits for more, such as a terminal, ends when it can: nobody waits for it.
      if (isReading) void Promise.resolve(iterator.return?.()).catch(() => undefined);
    },
  };
}

/** A promise that is resolved from outside. */
function createChange() {
  let happen = () => {};
  const promise = new Promise<void>((resolve) => {
    happen = resolve;
  });
  return { promise, happen };
}
