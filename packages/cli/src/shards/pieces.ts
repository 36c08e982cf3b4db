/**
 * Part of a shard's output that is contiguous in the output of all shards: the records of an input that is divided by bytes,
 * or of one block of an input whose blocks are assigned to shards round-robin.
 */
export interface Piece {
  /** Index of the input. */
  readonly input: number;
  /** Number of the block in the input, counted from 0; null for inputs that are divided by bytes. */
  readonly block: number | null;
  readonly records: number;
  readonly tokens: number;
  /** Number of bytes in the main output file. */
  readonly bytes: number;
}

/** A piece in a manifest: input, block, records, tokens and bytes. */
export type PieceRow = readonly [number, number | null, number, number, number];

/** Collects the pieces of a shard, in the order in which they are written. */
export function createPieces() {
  const pieces: Piece[] = [];
  return {
    /** Adds records, which join the previous piece if they are of the same block, or of the same input that is divided by bytes. */
    add(piece: Piece): void {
      const last = pieces.at(-1);
      if (last === undefined || last.input !== piece.input || last.block !== piece.block) {
        pieces.push(piece);
        return;
      }
      const { records, tokens, bytes } = piece;
      pieces[pieces.length - 1] = {
        ...piece,
        ...{ records: last.records + records, tokens: last.tokens + tokens, bytes: last.bytes + bytes },
      };
    },
    rows: (): PieceRow[] =>
      pieces.map(({ input, block, records, tokens, bytes }) => [input, block, records, tokens, bytes]),
  };
}

export type Pieces = ReturnType<typeof createPieces>;
