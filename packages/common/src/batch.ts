/** Examples of one step, padded to one length. All matrices are row-major; padding is 0 everywhere. */
export interface Batch {
  /** Number of rows; the last batch of an epoch may have fewer than the others. */
  readonly size: number;
  /** Number of tokens per row, padding included. */
  readonly length: number;
  /** Token ids, int32[size, length]. */
  readonly inputIds: Int32Array;
  /** Attention mask, int32[size, length]: 1 for tokens, 0 for padding. */
  readonly inputMask: Int32Array;
  /** Token type ids, int32[size, length]: 0 for the first text of a pair, 1 for the second. */
  readonly segmentIds: Int32Array;
  /** Label ids, int32[size]: −1 for rows without a label. */
  readonly labelIds: Int32Array;
  /** [size]: the index of each row in the data, counted from 0. Error messages name these rows. */
  readonly rows?: readonly number[];
}

/** The extent of a batch: a program is compiled once for each. */
export type BatchShape = Pick<Batch, "size" | "length">;
