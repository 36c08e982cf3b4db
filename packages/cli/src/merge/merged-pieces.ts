import type { Piece } from "../shards/pieces.ts";
import type { FoundShard } from "./find-shards.ts";

/** A piece, and where it is in the files of its shard. */
export interface PlacedPiece extends Piece {
  /** Position of the shard in the list of shards. */
  readonly shard: number;
  /** Number of bytes of pieces before it in the main file. */
  readonly byteStart: number;
  /** Number of records before it in the shard. */
  readonly recordStart: number;
  /** Number of tokens before it in the shard. */
  readonly tokenStart: number;
}

/**
 * Returns the pieces of all shards in the order of the inputs.
 *
 * @param shards in the order of their numbers
 */
export function mergedPieces(shards: readonly Pick<FoundShard, "pieces">[]): PlacedPiece[] {
  const placed = shards.flatMap(({ pieces }, shard) => {
    let [byteStart, recordStart, tokenStart] = [0, 0, 0];
    return pieces.map((piece) => {
      const at = { ...piece, shard, byteStart, recordStart, tokenStart };
      byteStart += piece.bytes;
      recordStart += piece.records;
      tokenStart += piece.tokens;
      return at;
    });
  });
  return placed.sort((a, b) => a.input - b.input || (a.block ?? a.shard) - (b.block ?? b.shard));
}
