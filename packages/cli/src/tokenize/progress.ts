import { barLine, formatTime } from "../report/figures.ts";
import { createLiveRegion, REDRAW_INTERVAL_MS } from "../report/live-region.ts";
import { canRedraw, type Environment, type TextStream, widthOf } from "../report/terminal.ts";

/** Running totals of a tokenization. */
export interface Counts {
  records: number;
  tokens: number;
  /** Number of bytes of text, after decompression. */
  bytes: number;
  /** Number of records that are not valid UTF-8. */
  invalid: number;
  /** Number of bytes of the inputs, as stored (before decompression). */
  stored: number;
}

/**
 * Creates a progress display on a terminal, with the fraction read, the remaining time and the speed. It writes
 * nothing to a stream whose lines cannot be redrawn.
 *
 * @param total size of all inputs in bytes, as stored; undefined if unknown
 */
export function createProgress(stream: TextStream, total: number | undefined, env: Environment) {
  const isShown = canRedraw(stream, env);
  const region = createLiveRegion(stream);
  const started = performance.now();
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    show(counts: Counts): void {
      const now = performance.now();
      if (!isShown || now - drawn < REDRAW_INTERVAL_MS) return;
      drawn = now;
      region.draw([progressLine(counts, total, (now - started) / 1000, widthOf(stream))]);
    },
    /** Replaces the progress bar by a summary. */
    finish({ records, tokens, bytes }: Counts): void {
      if (!stream.isTTY) return;
      const seconds = (performance.now() - started) / 1000;
      const done = `${records} records, ${tokens} tokens, ${megabytes(bytes)} in ${formatTime(seconds)}`;
      region.draw([`${done} (${rate(bytes, seconds)})`]);
    },
  };
}

/** Formats the progress as one line. */
export function progressLine(
  { records, bytes, stored }: Counts,
  total: number | undefined,
  seconds: number,
  columns: number,
): string {
  const speed = [rate(bytes, seconds), `${records} records`];
  if (total === undefined || total === 0 || stored === 0)
    return `Tokenizing ${[megabytes(bytes), ...speed].join("  ")}`;
  const left = formatTime((seconds / stored) * Math.max(total - stored, 0));
  const figures = [`${megabytes(stored)}/${megabytes(total)}`, `${left} left`, ...speed];
  return barLine("Tokenizing", stored / total, figures, columns);
}

function rate(bytes: number, seconds: number): string {
  return `${(bytes / 1e6 / Math.max(seconds, 1e-3)).toFixed(1)} MB/s`;
}

function megabytes(bytes: number): string {
  return bytes < 1e10 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
