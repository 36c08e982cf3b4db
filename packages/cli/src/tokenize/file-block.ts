import { closeSync, openSync, readSync } from "node:fs";
import { BertieError, countLineFeeds } from "@bertie/common";
import { LONGEST_RECORD } from "@bertie/tokenizer-wasm/stream";
import type { FileBlock, FileRange } from "./block.ts";

const LINE_FEED = 0x0a;
/** Number of bytes to read after the end of a block: enough to complete the last line in most cases. */
const TAIL = 1 << 14;
/**
 * On x86 the kernel copies four times slower if the target is a few bytes after the source within a page, and the memory
 * of a large buffer starts 16 bytes after a page boundary. This offset avoids that case.
 */
const BUFFER_OFFSET = 1 << 11;

/** Bytes of a block, valid until the next block is read. */
export interface BlockBytes {
  /** The lines that start in the block. */
  readonly records: Uint8Array;
  /** Byte offset of the first of these lines in the file. */
  readonly start: number;
  /** All bytes of the block's range. */
  readonly range: Uint8Array;
}

/** Creates a reader of file blocks whose records are lines. It reuses one buffer and keeps one file open at a time. */
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

  /** Reads the file from `position + filled` into the buffer from `filled` to `size`, and returns the end of the bytes read. */
  function fill(handle: number, position: number, filled: number, size: number): number {
    if (buffer.length < size) {
      const larger = new Uint8Array(new ArrayBuffer(size + BUFFER_OFFSET), BUFFER_OFFSET);
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
      // Starts one byte earlier: a line starts at `from` only if the previous byte is a line feed.
      const position = from > firstRecord ? from - 1 : from;
      const requested = to - position + TAIL;
      let filled = fill(handle, position, 0, requested);
      let isAtEnd = filled < requested;
      const range = () => buffer.subarray(from - position, Math.min(to - position, filled));
      const firstRead = buffer.subarray(0, filled);
      const lineStart = from > firstRecord ? position + firstRead.indexOf(LINE_FEED) + 1 : firstRecord;
      const isEmpty = lineStart >= to || (from > firstRecord && lineStart === position);
      if (isEmpty) return { records: new Uint8Array(0), start: to, range: range() };
      let end = firstRead.indexOf(LINE_FEED, to - 1 - position) + 1;
      while (end === 0 && !isAtEnd) {
        if (filled > LONGEST_RECORD) throw recordTooLong(path);
        const before = filled;
        filled = fill(handle, position, before, 2 * before);
        isAtEnd = filled < 2 * before;
        end = buffer.subarray(0, filled).indexOf(LINE_FEED, before) + 1;
      }
      const records = buffer.subarray(lineStart - position, end === 0 ? filled : end);
      return { records, start: lineStart, range: range() };
    },
    /** Reads a byte range of a file. */
    readRange({ path, from, to }: FileRange): Uint8Array {
      const filled = fill(handleOf(path), from, 0, to - from);
      return buffer.subarray(0, filled);
    },
    /** Returns the number of lines that end before a byte position in a file. */
    linesBefore(path: string, position: number): number {
      const handle = handleOf(path);
      let count = 0;
      for (let at = 0; at < position; at += 1 << 20) {
        const filled = fill(handle, at, 0, Math.min(1 << 20, position - at));
        count += countLineFeeds(buffer.subarray(0, filled));
      }
      return count;
    },
    close,
  };
}

export type BlockReader = ReturnType<typeof createBlockReader>;

export function recordTooLong(fileName: string): BertieError {
  const text = `${fileName}: a record is longer than the maximum of ${LONGEST_RECORD >> 20} MiB. Split the record into several records, or check for an unclosed quote.`;
  return new BertieError("input/record-too-long", text);
}
