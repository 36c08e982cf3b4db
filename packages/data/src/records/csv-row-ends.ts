import type { RecordEnds } from "@bertie/common";

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;

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
