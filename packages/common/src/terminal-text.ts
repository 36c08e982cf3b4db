let segmenter: Intl.Segmenter | undefined;

/** Returns the graphemes of a text. The segmenter is created on first use, because that takes 20 ms. */
function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** Characters that terminals draw two columns wide: East Asian scripts, fullwidth forms and emoji. */
const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\p{Emoji_Presentation}\u3000-\u303e\u30fb\u30fc\uff01-\uff60\uffe0-\uffe6]|\ufe0f/u;
const HALFWIDTH = /^[\uff61-\uffdc\uffe8-\uffee]/u;
const ZERO = /^[\p{Mark}\p{Cf}\p{Cc}]+$/u;

function widthOf(grapheme: string): number {
  if (ZERO.test(grapheme)) return 0;
  return WIDE.test(grapheme) && !HALFWIDTH.test(grapheme) ? 2 : 1;
}

/**
 * Returns the number of columns that a text occupies in a terminal. Chinese characters and emoji occupy two.
 *
 * @example
 * ```ts
 * import { displayWidth } from "@bertie/common";
 *
 * console.log(displayWidth("好评"), displayWidth("👨‍👩‍👧")); // 4 2
 * ```
 */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemesOf(text)) width += widthOf(segment);
  return width;
}

/**
 * Truncates a text to a number of columns. A truncated text ends with "…".
 *
 * @example
 * ```ts
 * import { truncateToWidth } from "@bertie/common";
 *
 * console.log(truncateToWidth("房间很干净", 7)); // 房间很…
 * ```
 */
export function truncateToWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let [kept, width] = ["", 1];
  for (const { segment } of graphemesOf(text)) {
    width += widthOf(segment);
    if (width > columns) break;
    kept += segment;
  }
  return columns > 0 ? `${kept}…` : "";
}

/**
 * Returns the rows of a table as lines, with aligned columns that are separated by two spaces.
 *
 * @param align sides of the cells of each column. @default all left
 *
 * @example
 * ```ts
 * import { alignColumns } from "@bertie/common";
 *
 * console.log(alignColumns([["label", "rows"], ["好评", "12"]], ["left", "right"]));
 * // [ "label  rows", "好评     12" ]
 * ```
 */
export function alignColumns(
  rows: readonly (readonly string[])[],
  align: readonly ("left" | "right")[] = rows[0]?.map(() => "left") ?? [],
): string[] {
  const widths = align.map((_, column) => Math.max(...rows.map((cells) => displayWidth(cells[column] ?? ""))));
  return rows.map((cells) =>
    align
      .map((side, column) => {
        const cell = cells[column] ?? "";
        const padding = " ".repeat(widths[column]! - displayWidth(cell));
        return side === "left" ? cell + padding : padding + cell;
      })
      .join("  ")
      .trimEnd(),
  );
}
