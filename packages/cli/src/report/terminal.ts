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
