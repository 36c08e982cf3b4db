import { type BertieError, countLineFeeds, type RecordEnds } from "@bertie/common";
import type { BufferPool } from "./buffer-pool.ts";

/** Maximum size of a record in bytes. A record is held in memory, and its tokens take several times as much. */
export const LONGEST_RECORD = 1 << 26;

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Block of a stream. Its number is the byte offset of its first record, divided by the block size and rounded down. */
export interface NumberedBlock {
  readonly number: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Line number of the first byte in the stream, counted from 1. */
  readonly line: number;
}

/** Bytes before the first record of an input. */
export interface Head {
  /** The header row; empty if the format has none. */
  readonly header: Uint8Array;
  /** Number of bytes before the first record: byte order mark and header. */
  readonly bytes: number;
}

export interface RecordStreamOptions {
  /** Finder of the ends of records. */
  readonly ends: RecordEnds;
  /** Returns the error for a record that is longer than {@link LONGEST_RECORD}, and starts in the given line. */
  readonly tooLong: (line: number) => BertieError;
  readonly pool: BufferPool;
  /**
   * Whether to yield the complete lines of a smaller block when the stream pauses, because the program that writes to the
   * stream may wait for an answer. Records must be lines.
   */
  readonly isPrompt?: boolean;
}

const LINE_FEED = 0x0a;
/** Time without a new chunk after which a stream counts as paused, in milliseconds. */
const PAUSE_MS = 10;
const PAUSED: unique symbol = Symbol("paused");

/** Reader of the records of a stream. */
export interface RecordStream {
  /** Reads the bytes before the first record: a byte order mark and, if `hasHeader`, a row. Must be called before `blocks()`. */
  head(hasHeader: boolean): Promise<Head>;
  /**
   * Yields the blocks of the rest: block k has the records that start in the bytes from k × `blockBytes` to
   * (k + 1) × `blockBytes`. With `isPrompt` a block may be split into several parts.
   *
   * @param skipped number of bytes before the first record that count as a part of the first block @default 0
   */
  blocks(blockBytes: number, skipped?: number): AsyncGenerator<NumberedBlock>;
  /** Stops reading. */
  close(): Promise<void>;
}

/**
 * Creates a reader that splits a stream into blocks of whole records. The blocks do not depend on the stream's chunks, except
 * with `isPrompt`.
 *
 * @example
 * ```ts
 * import { BertieError, lineEnds } from "@bertie/common";
 * import { createBufferPool, createRecordStream } from "@bertie/tokenizer-wasm/stream";
 *
 * async function* chunks() {
 *   for (const text of ["one\ntw", "o\nthr", "ee\n"]) yield new TextEncoder().encode(text);
 * }
 * const tooLong = (line: number) => new BertieError("input/record-too-long", `line ${line}: the line is too long.`);
 * const options = { ends: lineEnds(), tooLong, pool: createBufferPool() };
 * for await (const { bytes, line } of createRecordStream(chunks(), options).blocks(4)) {
 *   console.log(line, JSON.stringify(new TextDecoder().decode(bytes))); // 1 "one\n", then 2 "two\n" and 3 "three\n"
 * }
 * ```
 */
export function createRecordStream(
  chunks: AsyncIterable<Uint8Array>,
  { ends, tooLong, pool, isPrompt = false }: RecordStreamOptions,
): RecordStream {
  const iterator = chunks[Symbol.asyncIterator]();
  let buffer = new Uint8Array(pool.acquire(0));
  let filled = 0;
  let isDone = false;
  let line = 1;
  let next: Promise<IteratorResult<Uint8Array>> | undefined;

  function pull(): Promise<IteratorResult<Uint8Array>> {
    next ??= iterator.next();
    return next;
  }

  /** Appends the next chunk to the buffer, and returns false at the end of the stream. */
  async function readMore(): Promise<boolean> {
    const { done, value } = isDone ? { done: true, value: undefined } : await pull();
    next = undefined;
    if (done || value === undefined) {
      isDone = true;
      return false;
    }
    if (filled + value.length > buffer.length) moveTo(pool.acquire(2 * (filled + value.length)), 0);
    buffer.set(value, filled);
    filled += value.length;
    return true;
  }

  /** Moves the bytes after `from` to another buffer, which replaces the current buffer. */
  function moveTo(next: ArrayBuffer, from: number): void {
    const larger = new Uint8Array(next);
    larger.set(buffer.subarray(from, filled));
    pool.release(buffer.buffer);
    buffer = larger;
    filled -= from;
  }

  function drop(bytes: number): void {
    line += countLineFeeds(buffer.subarray(0, bytes));
    buffer.copyWithin(0, bytes, filled);
    filled -= bytes;
  }

  /** Returns the end of the first record that ends at or after `least`; at the end of the stream, the end of all bytes. */
  async function recordEnd(least: number): Promise<number> {
    for (;;) {
      const end = ends.next(buffer.subarray(0, filled), least);
      if (end >= 0) return end;
      if (filled > LONGEST_RECORD) throw tooLong(line);
      if (!(await readMore())) return filled;
    }
  }

  /**
   * Reads until the buffer has `least` bytes or the stream ends.
   *
   * @returns 0, or, if the stream has paused, the number of bytes in complete lines to yield immediately
   */
  async function gather(least: number): Promise<number> {
    while (filled < least) {
      const lines = isPrompt && !isDone ? buffer.subarray(0, filled).lastIndexOf(LINE_FEED) + 1 : 0;
      if (lines > 0 && (await Promise.race([pull(), pause()])) === PAUSED) return lines;
      if (!(await readMore())) break;
    }
    return 0;
  }

  return {
    async head(hasHeader: boolean): Promise<Head> {
      const isMark = () => BYTE_ORDER_MARK.every((byte, i) => i >= filled || buffer[i] === byte);
      while (filled < BYTE_ORDER_MARK.length && isMark() && (await readMore()));
      const mark = filled >= BYTE_ORDER_MARK.length && isMark() ? BYTE_ORDER_MARK.length : 0;
      drop(mark);
      const end = hasHeader ? await recordEnd(1) : 0;
      const header = buffer.slice(0, end);
      drop(end);
      return { header, bytes: mark + end };
    },
    async *blocks(blockBytes: number, skipped = 0): AsyncGenerator<NumberedBlock> {
      for (let start = skipped; ; ) {
        const number = Math.floor(start / blockBytes);
        const least = (number + 1) * blockBytes - start;
        const prompt = await gather(least);
        if (filled === 0) break;
        const end = prompt > 0 ? prompt : await recordEnd(Math.min(least, filled));
        const other = pool.acquire(Math.max(filled - end, 2 * blockBytes));
        const bytes = buffer.subarray(0, end);
        const block = { number, bytes, line };
        line += countLineFeeds(bytes);
        start += end;
        const rest = buffer.subarray(end, filled);
        buffer = new Uint8Array(other);
        buffer.set(rest);
        filled = rest.length;
        yield block;
      }
      pool.release(buffer.buffer);
    },
    async close(): Promise<void> {
      await iterator.return?.();
    },
  };
}

/** Waits for the time after which a stream counts as paused. */
function pause(): Promise<typeof PAUSED> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS, PAUSED));
}
