import { bar, formatTime } from "../report/figures.ts";
import { createLiveRegion, type TextStream } from "../report/live-region.ts";

/** What has been done so far. */
export interface Counts {
  records: number;
  tokens: number;
  /** Of text, decompressed. */
  bytes: number;
  /** Records that are not valid UTF-8. */
  invalid: number;
  /** Bytes of the inputs, as they are stored. */
  stored: number;
}

/** Drawing more often than this, in milliseconds, is for nobody's eyes. */
const INTERVAL = 100;

/**
 * Shows on a terminal how far the inputs are read, how fast, and how long it will take.
 *
 * @param total bytes of all inputs, as they are stored; undefined if that is not known
 */
export function createProgress(stream: TextStream, total: number | undefined) {
  const region = createLiveRegion(stream);
  const started = performance.now();
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    show(counts: Counts): void {
      const now = performance.now();
      if (!stream.isTTY || now - drawn < INTERVAL) return;
      drawn = now;
      region.draw([progressLine(counts, total, (now - started) / 1000)]);
    },
    /** Ends with what was done in all. */
    finish({ records, tokens, bytes }: Counts): void {
      if (!stream.isTTY) return;
      const seconds = (performance.now() - started) / 1000;
      const done = `${records} records, ${tokens} tokens, ${megabytes(bytes)} in ${formatTime(seconds)}`;
      region.draw([`${done} (${rate(bytes, seconds)})`]);
    },
  };
}

/** A line for a terminal. */
export function progressLine({ records, bytes, stored }: Counts, total: number | undefined, seconds: number): string {
  const speed = `${rate(bytes, seconds)}  ${records} records`;
  if (total === undefined || total === 0 || stored === 0) return `Tokenizing ${megabytes(bytes)}  ${speed}`;
  const left = formatTime((seconds / stored) * Math.max(total - stored, 0));
  return `Tokenizing ${bar(stored / total)} ${megabytes(stored)}/${megabytes(total)}  ${left} left  ${speed}`;
}

function rate(bytes: number, seconds: number): string {
  return `${(bytes / 1e6 / Math.max(seconds, 1e-3)).toFixed(1)} MB/s`;
}

function megabytes(bytes: number): string {
  return bytes < 1e10 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
