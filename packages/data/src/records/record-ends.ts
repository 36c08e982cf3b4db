const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;

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
 * import { lineEnds } from "@bertie/data/records";
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
 * Creates a finder of the ends of CSV rows, which are line ends outside quotes. A quote only opens a quoted cell at the start of
 * the cell.
 *
 * @example
 * ```ts
 * import { csvRowEnds } from "@bertie/data/records";
 *
 * console.log(csvRowEnds().next(new TextEncoder().encode('"a\nb",c\nd'), 1)); // 8
 * ```
 */
export function csvRowEnds(): RecordEnds {
  let searched = 0;
  let inQuotes = false;
  /** Whether a quote at this position opens a quoted cell, or reopens the cell as the second quote of a doubled quote. */
  let mayOpen = true;
  return {
    next(bytes, minEnd) {
      for (let i = searched; i < bytes.length; i++) {
        const byte = bytes[i];
        if (inQuotes) {
          const close = byte === QUOTE ? i : bytes.indexOf(QUOTE, i);
          if (close < 0) break;
          i = close;
          inQuotes = false;
          mayOpen = true;
        } else if (byte === QUOTE && mayOpen) {
          inQuotes = true;
        } else {
          mayOpen = byte === COMMA || byte === LINE_FEED;
          if (byte === LINE_FEED && i + 1 >= minEnd) {
            searched = 0;
            return i + 1;
          }
        }
      }
      searched = bytes.length;
      return -1;
    },
  };
}

/** Returns the number of line feeds in `bytes`. */
export function countLineFeeds(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}
