import { BertieError } from "@bertie/common";
import { type EncodeOptions, limitsOf, type SpecialIds } from "./encoding.ts";
import { fitPair } from "./truncation.ts";
import type { Rows } from "./wasm.ts";

/** A text, or a pair of them. */
export type BatchItem = string | readonly [text: string, pair: string];

/** Options of {@link BertTokenizer.encodeBatch}; as those of `encode`, but rows are always filled up to one length. */
export type BatchOptions = Pick<EncodeOptions, "maxLength" | "truncation" | "addSpecialTokens"> & {
  /** Fill rows up with `[PAD]` to the longest row (true, "longest": the default) or to `maxLength`. */
  readonly padding?: true | "longest" | "maxLength" | undefined;
  /** Say where tokens come from. Default false. */
  readonly offsets?: boolean | undefined;
};

/** Many texts as tokens: flat arrays of shape [size, length], row by row. */
export type BatchEncoding = {
  /** The number of rows. */
  readonly size: number;
  /** The number of tokens in every row, padding among them. */
  readonly length: number;
  readonly ids: Int32Array<ArrayBuffer>;
  readonly typeIds: Int32Array<ArrayBuffer>;
  readonly attentionMask: Int32Array<ArrayBuffer>;
  /** The number of tokens in each row, padding not counted: shape [size]. */
  readonly lengths: Int32Array<ArrayBuffer>;
  /** Start and end of every token in its own text, in UTF-16 code units, if asked for: shape [size, length, 2]. */
  readonly offsets?: Int32Array<ArrayBuffer>;
};

/** The texts of a batch in one list, a pair's two side by side. */
export function flattenItems(items: readonly BatchItem[]): string[] {
  return items.flatMap((item) => (typeof item === "string" ? [item] : [item[0], item[1]]));
}

/** Lays the rows of {@link flattenItems} out as a batch. */
export function buildBatch(
  rows: Rows,
  items: readonly BatchItem[],
  options: BatchOptions,
  special: SpecialIds,
): BatchEncoding {
  const size = items.length;
  const limits = { single: once(() => limitsOf(options, 1)), pair: once(() => limitsOf(options, 2)) };
  const frame = options.addSpecialTokens ?? true;
  const lengths = new Int32Array(size);
  // Two numbers an item: how many tokens of each of its texts are kept.
  const kept = new Int32Array(2 * size);
  for (let item = 0, row = 0; item < size; item++) {
    const isPair = typeof items[item] !== "string";
    const first = rowLength(rows, row++);
    if (isPair) {
      const { room, truncation } = limits.pair();
      const second = rowLength(rows, row++);
      [kept[2 * item], kept[2 * item + 1]] = fitPair(first, second, room, truncation);
    } else {
      kept[2 * item] = Math.min(first, limits.single().room);
    }
    lengths[item] = kept[2 * item]! + kept[2 * item + 1]! + (frame ? (isPair ? 3 : 2) : 0);
  }
  const length = rowWidth(lengths, options);
  const batch = {
    size,
    length,
    ids: new Int32Array(size * length).fill(special.pad),
    typeIds: new Int32Array(size * length),
    attentionMask: new Int32Array(size * length),
    lengths,
    ...(options.offsets ? { offsets: new Int32Array(2 * size * length) } : {}),
  };
  for (let item = 0, row = 0; item < size; item++) {
    let at = item * length;
    batch.attentionMask.fill(1, at, at + lengths[item]!);
    if (frame) batch.ids[at++] = special.cls;
    const texts = typeof items[item] === "string" ? 1 : 2;
    for (let text = 0; text < texts; text++, row++) {
      const count = kept[2 * item + text]!;
      const start = rowStart(rows, row);
      batch.ids.set(rows.ids.subarray(start, start + count), at);
      batch.offsets?.set(rows.spans.subarray(2 * start, 2 * (start + count)), 2 * at);
      if (frame) batch.ids[at + count] = special.sep;
      const end = at + count + (frame ? 1 : 0);
      if (text === 1) batch.typeIds.fill(1, at, end);
      at = end;
    }
  }
  return batch;
}

function rowStart(rows: Rows, row: number): number {
  return row === 0 ? 0 : rows.rowEnds[row - 1]!;
}

function rowLength(rows: Rows, row: number): number {
  return rows.rowEnds[row]! - rowStart(rows, row);
}

function rowWidth(lengths: Int32Array, { padding, maxLength }: BatchOptions): number {
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  if (padding !== "maxLength") return longest;
  if (maxLength === undefined) {
    throw new BertieError("options/padding", 'padding is "maxLength", but there is no maxLength: give one');
  }
  if (longest <= maxLength) return maxLength;
  throw new BertieError(
    "options/padding",
    `a row has ${longest} tokens, more than maxLength ${maxLength}: leave truncation on, or use padding "longest"`,
  );
}

function once<T>(compute: () => T): () => T {
  let value: { readonly result: T } | undefined;
  return () => {
    value ??= { result: compute() };
    return value.result;
  };
}
