import type { FoundShard } from "./find-shards.ts";
import type { PlacedPiece } from "./merged-pieces.ts";
import type { PieceReader } from "./piece-reader.ts";

/** Shards to merge, for the writers of merged output. */
export interface MergeContext {
  /** Shards in the order of their numbers. */
  readonly shards: readonly FoundShard[];
  /** Pieces in the order of the inputs. */
  readonly pieces: readonly PlacedPiece[];
  readonly reader: PieceReader;
  /** Throws if the merge has been interrupted. */
  readonly check: () => Promise<void>;
}
