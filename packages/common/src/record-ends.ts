const LINE_FEED = 0x0a;
const LINE_FEEDS = 0x0a0a0a0a;

/** Finder of the ends of records in a growing buffer. An implementation can remember how far it has searched. */
export interface RecordEnds {
  /**
   * Returns the end of the first record that ends at `minEnd` or later, or -1 if no such record is complete. `bytes` must begin
   * with the start of a record. After a call that finds an end, pass the bytes after this end to the next call.
   */
  next(bytes: Uint8Array, minEnd: number): number;
}

/**
 * Creates a finder of line ends.
 *
 * @example
 * ```ts
 * import { lineEnds } from "@bertie/common";
 *
 * console.log(lineEnds().next(new TextEncoder().encode("ab\ncd"), 1)); // 3
 * ```
 */
export function lineEnds(): RecordEnds {
  let searched = 0;
  return {
    next(bytes, minEnd) {
      const end = bytes.indexOf(LINE_FEED, Math.max(minEnd - 1, searched)) + 1;
      searched = end > 0 ? 0 : bytes.length;
      return end > 0 ? end : -1;
    },
  };
}

/**
 * Returns the number of line feeds in `bytes`.
 *
 * @example
 * ```ts
 * import { countLineFeeds } from "@bertie/common";
 *
 * console.log(countLineFeeds(new TextEncoder().encode("a\nb\n"))); // 2
 * ```
 */
export function countLineFeeds(bytes: Uint8Array): number {
  // Most bytes are read as words of four bytes, because finding each line feed takes much longer if lines are short.
  if (bytes.length < 2 * Int32Array.BYTES_PER_ELEMENT) return countIn(bytes, 0, bytes.length);
  const start = -bytes.byteOffset & 3;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + start, (bytes.length - start) >> 2);
  let count = countIn(bytes, 0, start) + countIn(bytes, start + 4 * words.length, bytes.length);
  for (let i = 0; i < words.length; ) {
    // Each byte of the sum counts the line feeds in one byte of at most 255 words.
    const end = Math.min(i + 255, words.length);
    let sum = 0;
    for (; i < end; i++) {
      // The highest bit of a byte is set if the byte is zero, that is, if it was a line feed.
      const word = words[i]! ^ LINE_FEEDS;
      sum += (~(((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word) >>> 7) & 0x01010101;
    }
    count += (sum & 255) + ((sum >>> 8) & 255) + ((sum >>> 16) & 255) + (sum >>> 24);
  }
  return count;
}

function countIn(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) if (bytes[i] === LINE_FEED) count++;
  return count;
}
