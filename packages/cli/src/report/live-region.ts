import { displayWidth, truncateToWidth } from "@bertie/common";
import { type TextStream, widthOf } from "./terminal.ts";

const ESCAPE = "\u001b[";

/** Minimum time between two redraws, in milliseconds. */
export const REDRAW_INTERVAL_MS = 100;

/**
 * Creates a region of lines at the bottom of a terminal that can be redrawn, while a log scrolls above it.
 *
 * Between calls the cursor is on the line below the region.
 */
export function createLiveRegion(stream: TextStream) {
  let shown: readonly string[] = [];

  /** Returns the codes that erase the region. Terminals wrap its lines when they become narrower. */
  function erased(): string {
    const rows = shown.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / widthOf(stream))), 0);
    return rows === 0 ? "" : `${ESCAPE}${rows}F${ESCAPE}0J`;
  }

  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");
  const truncated = (lines: readonly string[]) => lines.map((line) => truncateToWidth(line, widthOf(stream) - 1));
  return {
    /** Replaces the lines of the region. */
    draw(lines: readonly string[]): void {
      const next = truncated(lines);
      const codes = erased() + text(next);
      if (codes !== "") stream.write(codes);
      shown = next;
    },
    /** Adds lines to the log above the region. */
    print(lines: readonly string[]): void {
      if (lines.length === 0) return;
      const codes = erased();
      shown = truncated(shown); // the terminal may have become narrower
      stream.write(codes + text(lines) + text(shown));
    },
  };
}
