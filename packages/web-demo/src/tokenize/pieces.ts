/** What is needed of an encoding; lists have an entry for every token. */
export interface Spans {
  readonly offsets: readonly (readonly [start: number, end: number])[];
  readonly typeIds: readonly number[];
  readonly specialTokensMask: readonly number[];
}

/** A stretch of a text: that of one token, or what stands between tokens. */
export interface Piece {
  readonly text: string;
  /** The token's place in the encoding; undefined between tokens. */
  readonly token: number | undefined;
}

/** Of what follows the last token, be it cut off, no more is shown: it may be megabytes. */
const LONGEST_REST = 500;

/**
 * Cuts a text at the offsets of its tokens.
 *
 * @param type 0 for the first text, 1 for the second
 */
export function piecesOf(text: string, { offsets, typeIds, specialTokensMask }: Spans, type: 0 | 1): Piece[] {
  const pieces: Piece[] = [];
  let place = 0;
  for (const [token, [start, end]] of offsets.entries()) {
    if (typeIds[token] !== type || specialTokensMask[token] === 1) continue;
    if (start > place) pieces.push({ text: text.slice(place, start), token: undefined });
    // Two tokens may come of one character, such as an "½": the second has no text of its own.
    const from = Math.max(start, place);
    if (end > from) pieces.push({ text: text.slice(from, end), token });
    place = Math.max(place, end);
  }
  const rest = text.slice(place, place + LONGEST_REST);
  if (rest !== "") pieces.push({ text: place + rest.length < text.length ? `${rest}…` : rest, token: undefined });
  return pieces;
}
