/** An output stream, such as stdout. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** Width of the terminal in characters; 0 if unknown. */
  readonly columns?: number | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns whether lines of a stream can be redrawn: the stream is a terminal that moves its cursor and has a known width.
 * The logs of CI systems keep every character, even if the system provides a terminal.
 */
export function canRedraw(stream: TextStream, env: Environment): boolean {
  if (stream.isTTY !== true || stream.columns === 0) return false;
  const isCi = !["", "0", "false"].includes((env.CI ?? "").toLowerCase());
  return env.TERM !== "dumb" && !isCi;
}

/** Returns the width of a stream in characters: 80 if unknown. */
export function widthOf({ columns }: TextStream): number {
  return columns || 80;
}

/** Characters of two columns: Chinese, Japanese, Korean and full-width characters, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const ZERO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Returns the number of columns that a text takes in a terminal. */
export function displayWidth(text: string): number {
  return Array.from(text, widthOfCharacter).reduce((sum, width) => sum + width, 0);
}

/** Truncates a text to a number of columns, with … as its last character if something is cut off. */
export function truncateToWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const character of text) {
    width += widthOfCharacter(character);
    if (width >= columns) break;
    kept += character;
  }
  return columns > 0 ? `${kept}…` : "";
}

function widthOfCharacter(character: string): number {
  if (ZERO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
