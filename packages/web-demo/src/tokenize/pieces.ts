import { abbreviate } from "../page/truncate.ts";

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

/** Maximum length of a piece that is shown, because a word without a token, white space or truncated text may be very long. */
const MAX_LENGTH = 500;

/**
 * Splits a text at the offsets of its tokens. Long pieces are abbreviated.
 *
 * @param type 0 for the first text, 1 for the second
 */
export function piecesOf(text: string, { offsets, typeIds, specialTokensMask }: Spans, type: 0 | 1): Piece[] {
  const pieces: Piece[] = [];
  const abbreviated = (start: number, end: number) => abbreviate(text.slice(start, end), MAX_LENGTH);
  let position = 0;
  for (const [token, [start, end]] of offsets.entries()) {
    if (typeIds[token] !== type || specialTokensMask[token] === 1) continue;
    if (start > position) pieces.push({ text: abbreviated(position, start), token: undefined });
    // One character, such as "½", may become two tokens. The second token then has no text.
    const from = Math.max(start, position);
    if (end > from) pieces.push({ text: abbreviated(from, end), token });
    position = Math.max(position, end);
  }
  if (position < text.length) pieces.push({ text: abbreviated(position, text.length), token: undefined });
  return pieces;
}
