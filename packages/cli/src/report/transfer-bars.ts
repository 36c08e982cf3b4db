import type { HubEvent } from "@bertie/hub";
import { barLine, formatTime } from "./figures.ts";
import { createLiveRegion, REDRAW_INTERVAL_MS } from "./live-region.ts";
import { canRedraw, type Environment, type TextStream, widthOf } from "./terminal.ts";

/**
 * Creates progress bars for downloads and uploads on a terminal, one per file. They write nothing to a stream whose lines
 * cannot be redrawn.
 */
export function createTransferBars(stream: TextStream, env: Environment) {
  const isShown = canRedraw(stream, env);
  const region = createLiveRegion(stream);
  /** Events of unfinished files, and the time of the first event, by path. */
  const transfers = new Map<string, { readonly event: HubEvent; readonly started: number; readonly first: number }>();
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    show(event: HubEvent): void {
      if (!isShown) return;
      const now = performance.now();
      const { started = now, first = event.bytes } = transfers.get(event.file) ?? {};
      transfers.set(event.file, { event, started, first });
      if (now - drawn < REDRAW_INTERVAL_MS && event.bytes < event.size) return;
      drawn = now;
      region.draw(
        [...transfers.values()].map((transfer) =>
          transferLine(transfer.event, transfer.first, (now - transfer.started) / 1000, widthOf(stream)),
        ),
      );
    },
    /** Erases the bars. */
    hide(): void {
      transfers.clear();
      if (isShown) region.draw([]);
    },
  };
}

/**
 * Formats the progress of a file as one line.
 *
 * @param first number of bytes that had been transferred when the progress was first shown
 * @param seconds time since then
 */
export function transferLine({ file, bytes, size }: HubEvent, first: number, seconds: number, columns: number): string {
  const rate = (bytes - first) / Math.max(seconds, 1e-3);
  const speed = rate > 0 ? [`${formatTime((size - bytes) / rate)} left`, `${megabytes(rate)}/s`] : [];
  return barLine(file, size === 0 ? 1 : bytes / size, [`${megabytes(bytes)}/${megabytes(size)}`, ...speed], columns);
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
