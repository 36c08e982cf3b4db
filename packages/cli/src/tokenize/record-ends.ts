const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;

/** Finds where records end. It may remember how far it has looked: it is asked about one buffer, which grows, at a time. */
export interface RecordEnds {
  /**
   * The first place that is behind `least - 1` and behind a record's end, or -1. The records start at the beginning of
   * `bytes`; once a place was found, the next call is about what follows it.
   */
  next(bytes: Uint8Array, least: number): number;
}

/** Records are lines. */
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

/** Records are rows of CSV: lines, but for line ends between quotes. Quotes count where a field starts. */
export function csvRowEnds(): RecordEnds {
  let searched = 0;
  let inQuotes = false;
  /** A quote would open a field here, or, behind one that closed it, go on with it. */
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

/** How many lines end in these bytes. */
export function countLineFeeds(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}
