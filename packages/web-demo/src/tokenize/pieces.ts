/** Parts of an encoding that are needed here, with one entry per token. */
export interface Spans {
  readonly offsets: readonly (readonly [start: number, end: number])[];
  readonly typeIds: readonly number[];
  readonly specialTokensMask: readonly number[];
}

/** Part of a text: the text of one token, or the text between two tokens. */
export interface Piece {
  readonly text: string;
  /** Index of the token in the encoding; undefined between tokens. */
  readonly token: number | undefined;
}

/** Maximum length of the text after the last token, because truncated text may have megabytes. */
const MAX_REST = 500;

/**
 * Splits a text at the offsets of its tokens.
 *
 * @param type 0 for the first text, 1 for the second
 */
export function piecesOf(text: string, { offsets, typeIds, specialTokensMask }: Spans, type: 0 | 1): Piece[] {
  const pieces: Piece[] = [];
  let position = 0;
  for (const [token, [start, end]] of offsets.entries()) {
    if (typeIds[token] !== type || specialTokensMask[token] === 1) continue;
    if (start > position) pieces.push({ text: text.slice(position, start), token: undefined });
    // One character, such as "½", may become two tokens. The second token then has no text.
    const from = Math.max(start, position);
    if (end > from) pieces.push({ text: text.slice(from, end), token });
    position = Math.max(position, end);
  }
  const rest = text.slice(position, position + MAX_REST);
  if (rest !== "") pieces.push({ text: position + rest.length < text.length ? `${rest}…` : rest, token: undefined });
  return pieces;
}
