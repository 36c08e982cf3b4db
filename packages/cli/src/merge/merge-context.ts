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
  /** Waits for a slow output, and throws if the merge has been interrupted. Called after each piece of at most 1 MiB. */
  readonly check: () => Promise<void>;
}
