/** A micro-batch of encoded examples, padded to one length. All matrices are row-major, with 0 as the padding value. */
export interface Batch {
  /** Number of rows. The last batch of an epoch may be smaller than the others. */
  readonly size: number;
  /** Number of tokens per row, padding included. */
  readonly length: number;
  /** Token ids, int32 `[size, length]`. */
  readonly inputIds: Int32Array;
  /** Attention mask, int32 `[size, length]`: 1 for tokens, 0 for padding. */
  readonly inputMask: Int32Array;
  /** Token type ids, int32 `[size, length]`: 0 for the first text of a pair, 1 for the second. */
  readonly segmentIds: Int32Array;
  /** Label ids, int32 `[size]`: −1 for rows without a label. */
  readonly labelIds: Int32Array;
  /**
   * Targets of rows without a single label, float32, row-major: `[size, labels]` with 1 for labels that apply and 0 for the
   * others, or `[size, 1]` for regression. Absent for single-label classification, and if a row has no target.
   */
  readonly targets?: Float32Array;
  /** Index of each row in the data set, counted from 0, `[size]`. Used in error messages. */
  readonly rows?: readonly number[];
}

/** Shape of a batch. The engine compiles one program per distinct shape. */
export type BatchShape = Pick<Batch, "size" | "length">;
