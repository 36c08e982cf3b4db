import { concatenate } from "@bertie/common";

/** A file, or a stream such as standard input, that contains a table. */
export interface TableSource {
  /** Name of the file, which hints at its format, and which messages mention. */
  readonly name: string;
  /** Size in bytes, if known. */
  readonly size?: number;
  /** Whether the stream can be read only once, as standard input. @default false */
  readonly once?: boolean;
  /** Opens the stream of the file's bytes. */
  stream(): AsyncIterable<Uint8Array>;
  /** Returns all bytes, if that is cheaper than collecting the stream. */
  bytes?(): Promise<Uint8Array>;
}

const PIECE_BYTES = 1 << 18;

/**
 * Returns a table source for the contents of a file.
 *
 * @param name name of the file, which hints at its format, and which messages mention
 * @example
 * ```ts
 * import { bytesSource, openTable } from "@bertie/data";
 *
 * const source = bytesSource("reviews.csv", new TextEncoder().encode("review,stars\nClean rooms,5\nToo loud,1\n"));
 * console.log((await openTable(source)).columns); // ["review", "stars"]
 * ```
 */
export function bytesSource(name: string, contents: Uint8Array): TableSource {
  return {
    name,
    size: contents.length,
    async *stream() {
      for (let start = 0; start < contents.length; start += PIECE_BYTES)
        yield contents.subarray(start, start + PIECE_BYTES);
    },
    bytes: async () => contents,
  };
}

/** First bytes of a stream, and the stream including these bytes. */
export interface PeekedStream {
  readonly head: Uint8Array;
  /** Whether the stream has no bytes after the head. */
  readonly complete: boolean;
  /** All chunks, including the head. Can be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Ends the stream without reading it. */
  close(): Promise<void>;
}

/** Reads at least `count` bytes from the start of a stream, or all of a shorter stream. */
export async function peek(stream: AsyncIterable<Uint8Array>, count: number): Promise<PeekedStream> {
  const iterator = stream[Symbol.asyncIterator]();
  const parts: Uint8Array[] = [];
  let length = 0;
  let complete = false;
  while (length < count && !complete) {
    const { done, value } = await iterator.next();
    if (done) complete = true;
    else if (value.length > 0) {
      // Streams of files may reuse the memory of a chunk.
      parts.push(value.slice());
      length += value.length;
    }
  }
  const head = parts.length === 1 ? parts[0]! : concatenate(parts);
  const close = async () => {
    await iterator.return?.();
  };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      if (head.length > 0) yield head;
      while (!complete) {
        const { done, value } = await iterator.next();
        if (done) complete = true;
        else yield value;
      }
    } finally {
      if (!complete) await close();
    }
  }
  return { head, complete, chunks: chunks(), close };
}

/** Reads a stream to its end. */
export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part.slice());
  return concatenate(parts);
}
