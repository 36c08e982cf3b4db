import { BertieError } from "@bertie/common";

/** Queue of one chunk between the writer and the reader of a stream. */
export interface ChunkQueue {
  /** Passes a chunk to the reader. The promise resolves once the reader has requested the last part of the chunk. */
  write(chunk: Uint8Array | string): Promise<void>;
  /** Ends the input after the chunk that is being read. */
  end(): void;
  /** Makes the reader and the writer throw `reason`. */
  fail(reason: unknown): void;
  /** Bytes of the chunks, as views that are valid until the next one is requested. */
  readonly bytes: AsyncGenerator<Uint8Array>;
}

interface Waiting {
  resolve(): void;
  reject(reason: unknown): void;
}

/**
 * Creates a queue.
 *
 * @param maxBytes maximum size of the views in bytes; larger chunks are passed on in parts
 */
export function createChunkQueue(maxBytes: number): ChunkQueue {
  let chunk: Uint8Array | string | undefined;
  let isEnded = false;
  let failure: { readonly reason: unknown } | undefined;
  let reader: Waiting | undefined;
  let writer: Waiting | undefined;

  const wait = (keep: (waiting: Waiting) => void) =>
    new Promise<void>((resolve, reject) => {
      if (failure !== undefined) reject(failure.reason);
      else keep({ resolve, reject });
    });

  /** Accepts the next chunk. */
  function free(): void {
    chunk = undefined;
    writer?.resolve();
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    const encodeText = createTextEncoder();
    const copy = createCopier();
    for (;;) {
      while (chunk === undefined && !isEnded) await wait((waiting) => (reader = waiting));
      if (chunk === undefined) break;
      const given = chunk;
      for (let start = 0; start < given.length; start += maxBytes) {
        let bytes = encodeText(partOf(given, start, maxBytes));
        if (start + maxBytes >= given.length) {
          // The writer may overwrite the chunk from now on.
          if (bytes.buffer === (given as Uint8Array).buffer) bytes = copy(bytes);
          free();
        }
        if (bytes.length > 0) yield bytes;
        if (failure !== undefined) throw failure.reason;
      }
      if (given.length === 0) free();
    }
    if (failure !== undefined) throw failure.reason;
    yield encodeText(undefined);
  }

  return {
    write(given) {
      chunk = given;
      reader?.resolve();
      return wait((waiting) => (writer = waiting));
    },
    end() {
      isEnded = true;
      reader?.resolve();
    },
    fail(reason) {
      failure ??= { reason };
      reader?.reject(reason);
      writer?.reject(reason);
    },
    bytes: read(),
  };
}

/**
 * Checks a chunk of a stream.
 *
 * @throws BertieError "input/not-bytes" if the chunk is neither bytes nor a string
 */
export function checkChunk(chunk: unknown): Uint8Array | string {
  if (typeof chunk === "string") return chunk;
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const kind = chunk === null ? "null" : typeof chunk;
  throw new BertieError(
    "input/not-bytes",
    `a chunk of the stream is neither bytes nor a string (${kind}). Write a Uint8Array or a string.`,
  );
}

function partOf(chunk: Uint8Array | string, start: number, size: number): Uint8Array | string {
  return typeof chunk === "string" ? chunk.slice(start, start + size) : chunk.subarray(start, start + size);
}

/**
 * Creates a converter of text to UTF-8 that joins surrogate pairs across texts, and passes bytes through. A surrogate without its
 * counterpart becomes U+FFFD; `undefined` ends the text.
 */
function createTextEncoder(): (part: Uint8Array | string | undefined) => Uint8Array {
  const encoder = new TextEncoder();
  let high = "";
  return (part) => {
    if (typeof part === "string") {
      const text = high + part;
      high = /[\uD800-\uDBFF]$/.exec(text)?.[0] ?? "";
      return encoder.encode(high === "" ? text : text.slice(0, -1));
    }
    const rest = encoder.encode(high);
    high = "";
    if (part === undefined || rest.length === 0) return part ?? rest;
    const joined = new Uint8Array(rest.length + part.length);
    joined.set(rest);
    joined.set(part, rest.length);
    return joined;
  };
}

/** Creates a function that copies bytes to the same memory in each call. */
function createCopier(): (bytes: Uint8Array) => Uint8Array {
  let memory = new Uint8Array(0);
  return (bytes) => {
    if (memory.length < bytes.length) memory = new Uint8Array(bytes.length);
    memory.set(bytes);
    return memory.subarray(0, bytes.length);
  };
}
