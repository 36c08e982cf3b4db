/** An output stream, such as stdout. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** Width of the terminal in characters. */
  readonly columns?: number | undefined;
}

const ESCAPE = "\u001b[";

/**
 * Creates a region of lines at the bottom of a terminal that can be redrawn, while a log scrolls above it.
 *
 * Between calls the cursor is on the line below the region.
 */
export function createLiveRegion(stream: TextStream) {
  let shown: readonly string[] = [];
  const erased = () => (shown.length === 0 ? "" : `${ESCAPE}${shown.length}F${ESCAPE}0J`);
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");
  /** Truncates lines to the width of the terminal, because the next draw would erase a wrapped line only partially. */
  const truncated = (lines: readonly string[]) => lines.map((line) => line.slice(0, (stream.columns ?? 80) - 1));
  return {
    /** Replaces the lines of the region. */
    draw(lines: readonly string[]): void {
      const next = truncated(lines);
      stream.write(erased() + text(next));
      shown = next;
    },
    /** Adds lines to the log above the region. */
    print(lines: readonly string[]): void {
      if (lines.length > 0) stream.write(erased() + text(lines) + text(shown));
    },
  };
}
