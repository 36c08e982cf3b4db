import type { ParquetWriter } from "hyparquet-writer";

/** Metadata of Parquet row groups. */
export type RowGroups = ParquetWriter["row_groups"];

/** The encoded bytes of a block, in the form of the output. */
export interface Packed {
  readonly data: Uint8Array<ArrayBuffer>;
  /** The row boundaries in the block's tokens: one number more than there are rows. Only for formats with an index. */
  readonly rowOffsets?: Int32Array<ArrayBuffer>;
  /** Parquet row groups, with offsets as if they were the first of their file. */
  readonly rowGroups?: RowGroups;
}
