const LINE_FEED = 0x0a;

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
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}
