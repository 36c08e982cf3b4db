import type { BatchItem, BertTokenizer, Lines } from "@bertie/tokenizer-wasm";

/** Tokens of several records: concatenated rows of different lengths. */
export interface Rows {
  /** Token ids of all rows, `[tokens]`. */
  readonly ids: Int32Array;
  /** Row boundaries, `[rows + 1]`: row r is `ids.subarray(rowOffsets[r], rowOffsets[r + 1])`. */
  readonly rowOffsets: Int32Array;
  /** Token type ids, `[tokens]`: 1 for tokens of the second text and its [SEP], otherwise 0. Only for pairs. */
  readonly typeIds?: Int32Array;
  /** Start and end of each token in its text, in UTF-16 units, `[tokens, 2]`; only if requested. */
  readonly offsets?: Int32Array;
}

export interface RowOptions {
  readonly maxLength: number | undefined;
  readonly addSpecialTokens: boolean;
}

/**
 * Creates the function that encodes lines of UTF-8. Its result is valid until the next call. `invalidLines` has the numbers
 * of lines that are not valid UTF-8: with "replace", U+FFFD replaces their invalid bytes; with "skip", they are omitted.
 */
export function createLineEncoder(
  tokenizer: BertTokenizer,
  options: RowOptions & { readonly invalidUtf8: "replace" | "skip" },
): (bytes: Uint8Array) => Rows & { readonly invalidLines: readonly number[] } {
  let lines: Lines | undefined;
  return (bytes) => {
    lines = tokenizer.encodeLines(bytes, { ...options, reuse: lines });
    if (options.invalidUtf8 === "replace" || lines.invalidLines.length === 0) return lines;
    return { ...lines, rowOffsets: withoutRows(lines.rowOffsets, lines.invalidLines) };
  };
}

/** Removes rows that have no tokens from the row offsets. */
function withoutRows(rowOffsets: Int32Array, rows: readonly number[]): Int32Array {
  const removed = new Set(rows);
  return rowOffsets.filter((_, i) => i === 0 || !removed.has(i - 1));
}

/** Encodes texts or pairs of texts without padding. Pairs are truncated at the end of the longer text first. */
export function encodeTexts(
  tokenizer: BertTokenizer,
  items: readonly BatchItem[],
  { maxLength, addSpecialTokens, offsets, pairs }: RowOptions & { readonly offsets: boolean; readonly pairs: boolean },
): Rows {
  const batch = tokenizer.encodeBatch(items, { maxLength, addSpecialTokens, offsets, padding: false });
  return {
    ids: batch.ids,
    rowOffsets: batch.rowOffsets,
    ...(pairs && { typeIds: batch.typeIds }),
    ...(batch.offsets && { offsets: batch.offsets }),
  };
}
