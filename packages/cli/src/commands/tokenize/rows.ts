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

/** How many tokens, padding among them, a batch may have: texts of like lengths are many, long ones few. */
const BATCH_TOKENS = 1 << 20;

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

/** Encodes texts, or pairs of texts: cut longest first, and without the padding of batches. */
export function encodeTexts(
  tokenizer: BertTokenizer,
  items: readonly BatchItem[],
  options: RowOptions & { readonly offsets: boolean; readonly pairs: boolean },
): Rows {
  const parts: Rows[] = [];
  for (let start = 0; start < items.length; ) {
    const end = batchEnd(items, start);
    parts.push(encodeBatch(tokenizer, items.slice(start, end), options));
    start = end;
  }
  return parts.length === 1 ? parts[0]! : join(parts, options);
}

/** Where a batch that begins at `start` ends, so that it is not much larger than its texts. */
function batchEnd(items: readonly BatchItem[], start: number): number {
  let longest = 0;
  let end = start;
  while (end < items.length) {
    const item = items[end]!;
    const units = typeof item === "string" ? item.length : item[0].length + item[1].length;
    longest = Math.max(longest, units + 3);
    if (end > start && longest * (end + 1 - start) > BATCH_TOKENS) break;
    end++;
  }
  return end;
}

function encodeBatch(
  tokenizer: BertTokenizer,
  items: readonly BatchItem[],
  { maxLength, addSpecialTokens, offsets, pairs }: RowOptions & { readonly offsets: boolean; readonly pairs: boolean },
): Rows {
  const batch = tokenizer.encodeBatch(items, { maxLength, addSpecialTokens, offsets });
  const rowOffsets = new Int32Array(batch.size + 1);
  for (let row = 0; row < batch.size; row++) rowOffsets[row + 1] = rowOffsets[row]! + batch.lengths[row]!;
  const unpad = (padded: Int32Array, width: number) => {
    const values = new Int32Array(width * rowOffsets[batch.size]!);
    for (let row = 0; row < batch.size; row++) {
      const start = row * batch.length;
      values.set(padded.subarray(width * start, width * (start + batch.lengths[row]!)), width * rowOffsets[row]!);
    }
    return values;
  };
  return {
    ids: unpad(batch.ids, 1),
    rowOffsets,
    ...(pairs && { typeIds: unpad(batch.typeIds, 1) }),
    ...(batch.offsets && { offsets: unpad(batch.offsets, 2) }),
  };
}

function join(
  parts: readonly Rows[],
  { offsets, pairs }: { readonly offsets: boolean; readonly pairs: boolean },
): Rows {
  const rowOffsets = [0];
  for (const part of parts) {
    const before = rowOffsets.at(-1)!;
    for (let row = 1; row < part.rowOffsets.length; row++) rowOffsets.push(before + part.rowOffsets[row]!);
  }
  return {
    ids: concat(parts.map(({ ids }) => ids)),
    rowOffsets: Int32Array.from(rowOffsets),
    ...(pairs && { typeIds: concat(parts.map(({ typeIds }) => typeIds!)) }),
    ...(offsets && { offsets: concat(parts.map((part) => part.offsets!)) }),
  };
}

function concat(parts: readonly Int32Array[]): Int32Array {
  const joined = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
