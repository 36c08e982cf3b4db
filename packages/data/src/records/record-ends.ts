const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;

/** Finds the ends of records in one growing buffer at a time. It may remember how far it has searched. */
export interface RecordEnds {
  /**
   * Returns the end of the first record that ends at `least` or later, or -1 if no such record is complete. Records start
   * at the beginning of `bytes`; after an end was found, the next call is about the bytes that follow it.
   */
  next(bytes: Uint8Array, least: number): number;
}

/** Finds the ends of records that are lines. */
export function lineEnds(): RecordEnds {
  let searched = 0;
  return {
    next(bytes, least) {
      const end = bytes.indexOf(LINE_FEED, Math.max(least - 1, searched)) + 1;
      searched = end > 0 ? 0 : bytes.length;
      return end > 0 ? end : -1;
    },
  };
}

/** Finds the ends of CSV rows: line ends outside quotes. A quote counts only at the start of a field. */
export function csvRowEnds(): RecordEnds {
  let searched = 0;
  let inQuotes = false;
  /** Whether a quote here opens a field, or continues one after a quote that closed it. */
  let mayOpen = true;
  return {
    next(bytes, least) {
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
          if (byte === LINE_FEED && i + 1 >= least) {
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

/** Counts the line feeds in some bytes. */
export function countLineFeeds(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}
