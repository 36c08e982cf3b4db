const ZERO = /[\p{M}\p{Cf}\p{Variation_Selector}]/u;
/** Characters that take two cells of a terminal: East Asian wide and fullwidth characters, and emoji (Unicode TR11). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;

/** Returns the number of cells of a terminal that a text takes. */
export function cellWidth(text: string): number {
  let width = 0;
  for (const character of text) if (!ZERO.test(character)) width += WIDE.test(character) ? 2 : 1;
  return width;
}

/** Returns a text that is truncated to a number of cells, with an ellipsis if something is missing. */
export function truncateToWidth(text: string, most: number): string {
  if (cellWidth(text) <= most) return text;
  let start = "";
  let width = 1;
  for (const character of text) {
    width += cellWidth(character);
    if (width > most) break;
    start += character;
  }
  return `${start}…`;
}

/** Returns the rows of a table as lines, with aligned columns that are separated by two spaces. */
export function alignColumns(rows: readonly (readonly string[])[], align: readonly ("left" | "right")[]): string[] {
  const widths = align.map((_, column) => Math.max(...rows.map((cells) => cellWidth(cells[column] ?? ""))));
  return rows.map((cells) =>
    align
      .map((side, column) => {
        const cell = cells[column] ?? "";
        const padding = " ".repeat(widths[column]! - cellWidth(cell));
        return side === "left" ? cell + padding : padding + cell;
      })
      .join("  ")
      .trimEnd(),
  );
}
