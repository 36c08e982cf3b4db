import type { BatchItem, BertTokenizer, Lines } from "@bertie/tokenizer-wasm";

/** Records as tokens: rows of different lengths, one after the other. */
export interface Rows {
  readonly ids: Int32Array;
  /** Row r is `ids.subarray(rowOffsets[r], rowOffsets[r + 1])`: one number more than there are rows. */
  readonly rowOffsets: Int32Array;
  /** 1 for tokens of the second text and its [SEP], else 0; for pairs only. */
  readonly typeIds?: Int32Array;
  /** Start and end of each token in its own text, in UTF-16 units, if asked for. */
  readonly offsets?: Int32Array;
}

export interface RowOptions {
  readonly maxLength: number | undefined;
  readonly addSpecialTokens: boolean;
}

/**
 * Encodes lines of UTF-8; `invalidLines` names those that are none, which are mended, or with "skip" left out. What is got
 * is valid until the next call.
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

/** Leaves rows out that have no tokens. */
function withoutRows(rowOffsets: Int32Array, rows: readonly number[]): Int32Array {
  const left = new Set(rows);
  return rowOffsets.filter((_, i) => i === 0 || !left.has(i - 1));
}

/** Encodes texts, or pairs of texts: cut longest first, and without padding. */
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
