import type { ParquetWriter } from "hyparquet-writer";

/** Metadata of Parquet row groups. */
export type RowGroups = ParquetWriter["row_groups"];

/** Encoded bytes of a block, in the output format. */
export interface Packed {
  readonly data: Uint8Array<ArrayBuffer>;
  /** Row boundaries in the block's tokens, `[rows + 1]`; only for formats with an index. */
  readonly rowOffsets?: Int32Array<ArrayBuffer>;
  /** Metadata of Parquet row groups, with offsets as if the block were the first of its file. */
  readonly rowGroups?: RowGroups;
}
