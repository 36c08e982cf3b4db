import { closeSync, openSync, readSync } from "node:fs";
import { BertieError } from "@bertie/common";
import { countLineFeeds } from "@bertie/data/records";
import type { FileBlock, FileStretch } from "./block.ts";

const LINE_FEED = 0x0a;
/** Most lines that a block ends in end within so many bytes. */
const TAIL = 1 << 14;
/**
 * The kernel's copy is four times slower where a byte goes to a place just behind its own within a page (on x86), and large
 * buffers begin 16 bytes behind a page's start.
 */
const SHIFT = 1 << 11;
/** What one call may have to hold; with its tokens it takes several times as much. */
export const LONGEST_RECORD = 1 << 26;

/** The bytes of a block. They are valid until the next is read. */
export interface BlockBytes {
  /** The lines that start in it. */
  readonly records: Uint8Array;
  /** Where they start in the file. */
  readonly start: number;
  /** All that is between its ends, lines or not. */
  readonly stretch: Uint8Array;
}

/** Reads blocks of files, whose records are lines, into one buffer. One file is open at a time. */
export function createBlockReader() {
  let buffer = new Uint8Array(0);
  let open: { readonly path: string; readonly handle: number } | undefined;

  function handleOf(path: string): number {
    if (open?.path === path) return open.handle;
    close();
    open = { path, handle: openSync(path, "r") };
    return open.handle;
  }

  function close(): void {
    if (open !== undefined) closeSync(open.handle);
    open = undefined;
  }

  /** Fills the buffer from `filled` to `size` with what stands in the file from `position + filled`, as far as it goes. */
  function fill(handle: number, position: number, filled: number, size: number): number {
    if (buffer.length < size) {
      const larger = new Uint8Array(new ArrayBuffer(size + SHIFT), SHIFT);
      larger.set(buffer.subarray(0, filled));
      buffer = larger;
    }
    let end = filled;
    while (end < size) {
      const count = readSync(handle, buffer, end, size - end, position + end);
      if (count === 0) break;
      end += count;
    }
    return end;
  }

  return {
    read({ path, firstRecord, from, to }: FileBlock): BlockBytes {
      const handle = handleOf(path);
      // A line starts at `from` if the byte before ends another.
      const position = from > firstRecord ? from - 1 : from;
      const asked = to - position + TAIL;
      let filled = fill(handle, position, 0, asked);
      let isAtEnd = filled < asked;
      const stretch = () => buffer.subarray(from - position, Math.min(to - position, filled));
      const atOnce = buffer.subarray(0, filled);
      const lineStart = from > firstRecord ? position + atOnce.indexOf(LINE_FEED) + 1 : firstRecord;
      const isNone = lineStart >= to || (from > firstRecord && lineStart === position);
      if (isNone) return { records: new Uint8Array(0), start: to, stretch: stretch() };
      let end = atOnce.indexOf(LINE_FEED, to - 1 - position) + 1;
      while (end === 0 && !isAtEnd) {
        if (filled > LONGEST_RECORD) throw recordTooLong(path);
        const before = filled;
        filled = fill(handle, position, before, 2 * before);
        isAtEnd = filled < 2 * before;
        end = buffer.subarray(0, filled).indexOf(LINE_FEED, before) + 1;
      }
      const records = buffer.subarray(lineStart - position, end === 0 ? filled : end);
      return { records, start: lineStart, stretch: stretch() };
    },
    /** What stands between two places in a file. */
    stretch({ path, from, to }: FileStretch): Uint8Array {
      const filled = fill(handleOf(path), from, 0, to - from);
      return buffer.subarray(0, filled);
    },
    /** How many lines end before a place in a file. */
    linesBefore(path: string, place: number): number {
      const handle = handleOf(path);
      let count = 0;
      for (let at = 0; at < place; at += 1 << 20) {
        const filled = fill(handle, at, 0, Math.min(1 << 20, place - at));
        count += countLineFeeds(buffer.subarray(0, filled));
      }
      return count;
    },
    close,
  };
}

export type BlockReader = ReturnType<typeof createBlockReader>;

export function recordTooLong(fileName: string): BertieError {
  const text = `${fileName}: a record is longer than ${LONGEST_RECORD >> 20} MiB; cut it into several (or is a quote not closed?)`;
  return new BertieError("input/record-too-long", text);
}
