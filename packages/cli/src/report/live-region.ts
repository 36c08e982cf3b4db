/** Where text goes; `columns` is a terminal's width. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

const ESCAPE = "\u001b[";

/**
 * The last lines of a terminal, drawn over and over, with a log scrolling above them.
 *
 * The cursor rests on the line below the region.
 */
export function createLiveRegion(stream: TextStream) {
  let shown: readonly string[] = [];
  const erased = () => (shown.length === 0 ? "" : `${ESCAPE}${shown.length}F${ESCAPE}0J`);
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");
  /** A line that wraps would be two, and the next drawing would not cover it. */
  const fitted = (lines: readonly string[]) => lines.map((line) => line.slice(0, (stream.columns ?? 80) - 1));
  return {
    /** Puts lines in the region's place. */
    draw(lines: readonly string[]): void {
      const next = fitted(lines);
      stream.write(erased() + text(next));
      shown = next;
    },
    /** Adds lines to the log above the region. */
    print(lines: readonly string[]): void {
      if (lines.length > 0) stream.write(erased() + text(lines) + text(shown));
    },
  };
}
