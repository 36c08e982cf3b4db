/** Pieces of a file as one. */
export function concatenate(chunks: Iterable<Uint8Array>): Uint8Array {
  const pieces = [...chunks];
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
