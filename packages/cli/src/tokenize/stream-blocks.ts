import { setTimeout as wait } from "node:timers/promises";
import { countLineFeeds, type RecordEnds } from "@bertie/data/records";
import type { BufferPool } from "./buffer-pool.ts";
import { LONGEST_RECORD, recordTooLong } from "./file-block.ts";

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** A block of a stream, and its number, by where its first record starts: numbers may be left out, none comes twice. */
export interface NumberedBlock {
  readonly number: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly line: number;
}

/** What stands before the first record of an input. */
export interface Head {
  /** The first record, where it is a header; it is empty if there is none. */
  readonly header: Uint8Array;
  /** How many bytes stand before the first record: byte order mark and header. */
  readonly bytes: number;
}

interface StreamOptions {
  readonly name: string;
  readonly ends: RecordEnds;
  readonly pool: BufferPool;
  /** Records are lines, and whoever writes them may wait for an answer: give what there is when nothing comes for a while. */
  readonly isPrompt?: boolean;
}

const LINE_FEED = 0x0a;
/** For so long, in milliseconds, a stream that is at work may pause. */
const PAUSE = 10;
const PAUSED = Symbol("paused");

/**
 * Gathers the chunks of a stream and gives them away in whole records. How they were cut makes no difference.
 */
export function createRecordStream(
  chunks: AsyncIterable<Uint8Array>,
  { name, ends, pool, isPrompt = false }: StreamOptions,
) {
  const iterator = chunks[Symbol.asyncIterator]();
  let buffer = new Uint8Array(pool.take(0));
  let filled = 0;
  let isDone = false;
  let line = 1;
  let next: Promise<IteratorResult<Uint8Array>> | undefined;

  function pull(): Promise<IteratorResult<Uint8Array>> {
    next ??= iterator.next();
    return next;
  }

  async function more(): Promise<boolean> {
    const { done, value } = isDone ? { done: true, value: undefined } : await pull();
    next = undefined;
    if (done || value === undefined) {
      isDone = true;
      return false;
    }
    if (filled + value.length > buffer.length) moveTo(pool.take(2 * (filled + value.length)), 0);
    buffer.set(value, filled);
    filled += value.length;
    return true;
  }

  /** Goes on in another buffer with what follows `from`. */
  function moveTo(next: ArrayBuffer, from: number): void {
    const larger = new Uint8Array(next);
    larger.set(buffer.subarray(from, filled));
    pool.give(buffer.buffer);
    buffer = larger;
    filled -= from;
  }

  function drop(bytes: number): void {
    line += countLineFeeds(buffer.subarray(0, bytes));
    buffer.copyWithin(0, bytes, filled);
    filled -= bytes;
  }

  /** Where the first record ends that ends at `least` or behind it, or all. */
  async function recordEnd(least: number): Promise<number> {
    for (;;) {
      const end = ends.next(buffer.subarray(0, filled), least);
      if (end >= 0) return end;
      if (filled > LONGEST_RECORD) throw recordTooLong(name);
      if (!(await more())) return filled;
    }
  }

  /** Waits for enough bytes, or all; gives how many of them are to be given away at once, as the stream has paused. */
  async function gather(least: number): Promise<number> {
    while (filled < least) {
      const lines = isPrompt && !isDone ? buffer.subarray(0, filled).lastIndexOf(LINE_FEED) + 1 : 0;
      if (lines > 0 && (await Promise.race([pull(), wait(PAUSE, PAUSED)])) === PAUSED) return lines;
      if (!(await more())) break;
    }
    return 0;
  }

  return {
    /** Reads what stands before the records; to be called first. */
    async head(hasHeader: boolean): Promise<Head> {
      const isMark = () => BYTE_ORDER_MARK.every((byte, i) => i >= filled || buffer[i] === byte);
      while (filled < BYTE_ORDER_MARK.length && isMark() && (await more()));
      const mark = filled >= BYTE_ORDER_MARK.length && isMark() ? BYTE_ORDER_MARK.length : 0;
      drop(mark);
      const end = hasHeader ? await recordEnd(1) : 0;
      const header = buffer.slice(0, end);
      drop(end);
      return { header, bytes: mark + end };
    },
    /**
     * The blocks of the rest: block k has the records that start at k × `blockBytes` or behind it, and before the next. Where
     * the stream is prompt, it may come in parts.
     */
    async *blocks(blockBytes: number): AsyncGenerator<NumberedBlock> {
      for (let start = 0; ; ) {
        const number = Math.floor(start / blockBytes);
        const least = (number + 1) * blockBytes - start;
        const ready = await gather(least);
        if (filled === 0) break;
        const end = ready > 0 ? ready : await recordEnd(Math.min(least, filled));
        const other = pool.take(Math.max(filled - end, 2 * blockBytes));
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
      pool.give(buffer.buffer);
    },
    /** Stops reading. */
    async close(): Promise<void> {
      await iterator.return?.();
    },
  };
}
