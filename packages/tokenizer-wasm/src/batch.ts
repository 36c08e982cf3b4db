import { BertieError } from "@bertie/common";
import { type EncodeOptions, limitsOf, type SpecialIds } from "./encoding.ts";
import { fitPair } from "./truncation.ts";
import { type Core, encodeTexts, layOut, NO_TEXT, type Runtime, shrink } from "./wasm.ts";

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

/** Encodes a batch. */
export function encodeItems(
  runtime: Runtime,
  core: Core,
  items: readonly BatchItem[],
  options: BatchOptions,
  special: SpecialIds,
): BatchEncoding {
  const frame = options.addSpecialTokens ?? true;
  const limits = { single: once(() => limitsOf(options, 1)), pair: once(() => limitsOf(options, 2)) };
  const rows = encodeTexts(runtime, core, flattenItems(items), options.offsets ?? false, Number.POSITIVE_INFINITY);
  const size = items.length;
  const lengths = new Int32Array(size);
  const kept = new Int32Array(2 * size);
  let row = 0;
  let start = 0;
  const nextLength = () => {
    const length = rows.rowEnds[row]! - start;
    start = rows.rowEnds[row++]!;
    return length;
  };
  for (let item = 0; item < size; item++) {
    let first = nextLength();
    if (typeof items[item] === "string") {
      first = Math.min(first, limits.single().room);
      kept[2 * item] = first;
      kept[2 * item + 1] = NO_TEXT;
      lengths[item] = first + (frame ? 2 : 0);
    } else {
      const { room, truncation } = limits.pair();
      const fitting = fitPair(first, nextLength(), room, truncation);
      kept.set(fitting, 2 * item);
      lengths[item] = fitting[0] + fitting[1] + (frame ? 3 : 0);
    }
  }
  const length = rowWidth(lengths, options);
  const arrays = layOut(runtime, kept, length, frame ? [special.cls, special.sep] : undefined, special.pad);
  const batch = {
    size,
    length,
    ids: arrays.ids.slice(),
    typeIds: arrays.typeIds.slice(),
    attentionMask: arrays.attentionMask.slice(),
    lengths,
    ...(options.offsets && { offsets: arrays.spans.slice() }),
  };
  shrink(runtime);
  return batch;
}

/** The texts of a batch in one list, a pair's two side by side. */
function flattenItems(items: readonly BatchItem[]): readonly string[] {
  return items.every((item) => typeof item === "string") ? items : items.flat();
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
