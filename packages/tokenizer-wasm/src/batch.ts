import { BertieError } from "@bertie/common";
import type { Core } from "./core.ts";
import { type EncodeOptions, type Limits, limitsOf, type SpecialIds } from "./encoding.ts";
import type { Runtime } from "./runtime.ts";
import { fitPair } from "./truncation.ts";
import { encodeTexts, type Rows, shrink } from "./wasm.ts";

/** A text, or a pair of texts. */
export type BatchItem = string | readonly [text: string, pair: string];

/** Options of {@link BertTokenizer.encodeBatch}. */
export type BatchOptions = Pick<EncodeOptions, "maxLength" | "truncation" | "addSpecialTokens"> & {
  /**
   * Padding of rows with `[PAD]`: to the longest row (`true` or "longest"), to `maxLength` ("maxLength"), or none
   * (`false`), which returns rows of different lengths, one after the other.
   *
   * @default true
   */
  readonly padding?: boolean | "longest" | "maxLength" | undefined;
  /**
   * Whether to return the position of each token in its text.
   *
   * @default false
   */
  readonly offsets?: boolean | undefined;
  /**
   * Result of an earlier call that is no longer needed. Its arrays are overwritten if they are large enough, which
   * saves time when a corpus is encoded batch by batch.
   */
  readonly reuse?: BatchEncoding | RaggedBatchEncoding | undefined;
};

/** Encodings of many texts, as flat row-major arrays. */
export type BatchEncoding = {
  /** Number of rows. */
  readonly size: number;
  /** Number of tokens in every row, including padding. */
  readonly length: number;
  /** Token ids, shape `[size, length]`. */
  readonly ids: Int32Array;
  /**
   * Token type ids, shape `[size, length]`: 1 for a second text and its `[SEP]`, otherwise 0. Computed on first use.
   */
  readonly typeIds: Int32Array;
  /** Attention mask, shape `[size, length]`: 0 for padding, otherwise 1. Computed on first use. */
  readonly attentionMask: Int32Array;
  /** Number of tokens in each row, without padding, shape `[size]`. */
  readonly lengths: Int32Array;
  /** Start and end of each token in its text, in UTF-16 code units, shape `[size, length, 2]`; only if requested. */
  readonly offsets?: Int32Array;
};

/** Encodings of many texts, as rows of different lengths, one after the other. */
export type RaggedBatchEncoding = Omit<BatchEncoding, "length" | "attentionMask"> & {
  /**
   * Start of each row, and the end of the last, shape `[size + 1]`. Row r is
   * `ids.subarray(rowOffsets[r], rowOffsets[r + 1])`.
   */
  readonly rowOffsets: Int32Array;
};

/** Plan for assembling the batch's rows, one per item, from the module's rows, one per text. */
type Plan = {
  /**
   * Number of tokens to keep of each item's first and second text, shape `[size, 2]`; -1 if there is no second text.
   */
  readonly textLengths: Int32Array;
  /** Number of tokens in each row, including special tokens, shape `[size]`. */
  readonly lengths: Int32Array;
  /** Whether special tokens still have to be added. */
  readonly frame: boolean;
};

/**
 * Encodes a batch.
 *
 * @throws BertieError "input/not-text", "input/too-large", or "options/…" if an option is invalid
 */
export function encodeItems(
  runtime: Runtime,
  core: Core,
  given: readonly BatchItem[],
  givenOptions: BatchOptions,
  special: SpecialIds,
): BatchEncoding | RaggedBatchEncoding {
  const items = copyItems(given);
  const options = copyOptions(givenOptions);
  const encode = items.every((item) => typeof item === "string") ? encodeSingle : encodeMixed;
  const { rows, plan } = encode(runtime, core, items as string[], options, special);
  const batch =
    options.padding === false ? buildRagged(rows, plan, options, special) : buildPadded(rows, plan, options, special);
  shrink(runtime);
  return batch;
}

/** Copies and checks the items. Otherwise, a caller's getters could use this package while its memory is in use. */
function copyItems(given: readonly BatchItem[]): BatchItem[] {
  const items: BatchItem[] = Array.isArray(given) ? [...given] : [given as unknown as BatchItem];
  for (let i = 0; i < items.length; i++) {
    const item: unknown = items[i];
    if (typeof item === "string") continue;
    const pair: unknown[] = Array.isArray(item) ? [...item] : [];
    if (pair.length !== 2 || pair.some((text) => typeof text !== "string")) {
      throw new BertieError(
        "input/not-text",
        `item ${i} of the batch is invalid. Expected a string or a pair of strings.`,
      );
    }
    items[i] = pair as [string, string];
  }
  return items;
}

/** Copies the options, for the same reason as {@link copyItems}. */
function copyOptions(options: BatchOptions): BatchOptions {
  const { maxLength, truncation, addSpecialTokens, padding, offsets, reuse } = options;
  const old = { ids: wholeBuffer(reuse?.ids), offsets: wholeBuffer(reuse?.offsets) } as BatchEncoding;
  return { maxLength, truncation, addSpecialTokens, padding, offsets: Boolean(offsets), ...(reuse && { reuse: old }) };
}

/**
 * Returns a view of an array's entire buffer; undefined if the array has no buffer or an empty one. Takes the length
 * from the buffer, because a caller's subclass of Int32Array may report a wrong length.
 */
function wholeBuffer(array: unknown): Int32Array | undefined {
  if (!(array instanceof Int32Array) || array.buffer.byteLength === 0) return undefined;
  return new Int32Array(array.buffer, 0, array.buffer.byteLength >> 2);
}

/** Encodes a batch of single texts. The module adds special tokens and truncates. */
function encodeSingle(
  runtime: Runtime,
  core: Core,
  texts: readonly string[],
  options: BatchOptions,
  special: SpecialIds,
): { rows: Rows; plan: Plan } {
  const { maxTextTokens, frame } = limitsOf(options, 1);
  const rows = encodeTexts(runtime, core, texts, {
    frame: frame ? [special.cls, special.sep] : undefined,
    maxLength: maxTextTokens + (frame ? 2 : 0),
    spans: options.offsets ?? false,
  });
  return { rows, plan: planSingle(rows) };
}

/** Encodes a batch that contains pairs. */
function encodeMixed(
  runtime: Runtime,
  core: Core,
  items: readonly BatchItem[],
  options: BatchOptions,
): { rows: Rows; plan: Plan } {
  const single = items.some((item) => typeof item === "string") ? limitsOf(options, 1) : undefined;
  const pair = limitsOf(options, 2);
  const rows = encodeTexts(runtime, core, items.flat(), {
    frame: undefined,
    maxLength: maxTokensPerText(single, pair),
    spans: options.offsets ?? false,
  });
  return { rows, plan: planMixed(rows, items, single, pair, options.addSpecialTokens ?? true) };
}

/** Returns the maximum number of tokens per text that can affect the batch. */
function maxTokensPerText(single: Limits | undefined, pair: Limits): number {
  // "onlyFirst" and "onlySecond" depend on the full length of both texts.
  const inPair = pair.truncation === "longestFirst" ? pair.maxTextTokens : Number.POSITIVE_INFINITY;
  return Math.max(single?.maxTextTokens ?? 0, inPair);
}

/** Plans a batch whose rows are the module's rows. */
function planSingle({ rowEnds }: Rows): Plan {
  const textLengths = new Int32Array(2 * rowEnds.length);
  const lengths = new Int32Array(rowEnds.length);
  let start = 0;
  for (let row = 0; row < rowEnds.length; row++) {
    const end = rowEnds[row]!;
    lengths[row] = end - start;
    textLengths[2 * row] = end - start;
    textLengths[2 * row + 1] = -1;
    start = end;
  }
  return { textLengths, lengths, frame: false };
}

function planMixed(
  rows: Rows,
  items: readonly BatchItem[],
  single: Limits | undefined,
  pair: Limits,
  frame: boolean,
): Plan {
  const textLengths = new Int32Array(2 * items.length);
  const lengths = new Int32Array(items.length);
  let row = 0;
  const nextLength = () => rows.rowEnds[row]! - (row++ === 0 ? 0 : rows.rowEnds[row - 2]!);
  for (let item = 0; item < items.length; item++) {
    let first = nextLength();
    let second = -1;
    if (typeof items[item] === "string") first = Math.min(first, single!.maxTextTokens);
    else [first, second] = fitPair(first, nextLength(), pair.maxTextTokens, pair.truncation);
    textLengths[2 * item] = first;
    textLengths[2 * item + 1] = second;
    const texts = second < 0 ? 1 : 2;
    lengths[item] = first + Math.max(second, 0) + (frame ? texts + 1 : 0);
  }
  return { textLengths, lengths, frame };
}

function buildPadded(rows: Rows, plan: Plan, options: BatchOptions, special: SpecialIds): BatchEncoding {
  const { lengths } = plan;
  const size = lengths.length;
  const length = rowWidth(lengths, options);
  const rowStart = (item: number) => item * length;
  // The operating system provides zeroed memory on first access, so the padding of a new array costs nothing if `[PAD]`
  // is 0. If one row is long, most of the batch is padding.
  const ids = filled(options.reuse?.ids, size * length, special.pad);
  const offsets = options.offsets ? filled(options.reuse?.offsets, 2 * size * length, 0) : undefined;
  writeRows(rows, plan, rowStart, special, ids, offsets);
  const getTypeIds = once(() => computeTypeIds(plan, rowStart, size * length));
  const getAttentionMask = once(() => {
    const mask = new Int32Array(size * length);
    for (let item = 0; item < size; item++) mask.fill(1, rowStart(item), rowStart(item) + lengths[item]!);
    return mask;
  });
  return {
    size,
    length,
    ids,
    lengths,
    ...(offsets && { offsets }),
    get typeIds() {
      return getTypeIds();
    },
    get attentionMask() {
      return getAttentionMask();
    },
  };
}

function buildRagged(rows: Rows, plan: Plan, options: BatchOptions, special: SpecialIds): RaggedBatchEncoding {
  const { lengths } = plan;
  const size = lengths.length;
  const rowOffsets = new Int32Array(size + 1);
  for (let item = 0; item < size; item++) rowOffsets[item + 1] = rowOffsets[item]! + lengths[item]!;
  const total = rowOffsets[size]!;
  const rowStart = (item: number) => rowOffsets[item]!;
  const ids = withLength(options.reuse?.ids, total);
  const offsets = options.offsets ? withLength(options.reuse?.offsets, 2 * total).fill(0) : undefined;
  if (!plan.frame && rows.ids.length === total) {
    ids.set(rows.ids);
    offsets?.set(rows.spans);
  } else writeRows(rows, plan, rowStart, special, ids, offsets);
  const getTypeIds = once(() => computeTypeIds(plan, rowStart, total));
  return {
    size,
    ids,
    lengths,
    rowOffsets,
    ...(offsets && { offsets }),
    get typeIds() {
      return getTypeIds();
    },
  };
}

function writeRows(
  rows: Rows,
  { textLengths, frame }: Plan,
  rowStart: (item: number) => number,
  special: SpecialIds,
  ids: Int32Array,
  offsets: Int32Array | undefined,
): void {
  for (let item = 0, row = 0; 2 * item < textLengths.length; item++) {
    let at = rowStart(item);
    if (frame) ids[at++] = special.cls;
    for (let text = 0; text < 2; text++) {
      const count = textLengths[2 * item + text]!;
      if (count < 0) break;
      const from = row === 0 ? 0 : rows.rowEnds[row - 1]!;
      row++;
      copy(rows.ids, from, count, ids, at);
      if (offsets !== undefined) copy(rows.spans, 2 * from, 2 * count, offsets, 2 * at);
      at += count;
      if (frame) ids[at++] = special.sep;
    }
  }
}

/** Maximum number of elements for which a loop is faster than `subarray()` and `set()`. */
const MAX_LOOP_COPY = 40;

function copy(from: Int32Array, start: number, count: number, to: Int32Array, at: number): void {
  if (count > MAX_LOOP_COPY) to.set(from.subarray(start, start + count), at);
  else for (let i = 0; i < count; i++) to[at + i] = from[start + i]!;
}

function computeTypeIds({ textLengths, frame }: Plan, rowStart: (item: number) => number, total: number): Int32Array {
  const ids = new Int32Array(total);
  for (let item = 0; 2 * item < textLengths.length; item++) {
    const [first, second] = [textLengths[2 * item]!, textLengths[2 * item + 1]!];
    if (second < 0) continue;
    const start = rowStart(item) + first + (frame ? 2 : 0);
    ids.fill(1, start, start + second + (frame ? 1 : 0));
  }
  return ids;
}

/** Returns an array of `length` elements set to `value`. Reuses the buffer of `old` if it is large enough. */
function filled(old: Int32Array | undefined, length: number, value: number): Int32Array {
  const array = withLength(old, length);
  return value === 0 && array.buffer !== old?.buffer ? array : array.fill(value);
}

/** Returns an array of `length` elements. Reuses the buffer of `old`, with its contents, if it is large enough. */
function withLength(old: Int32Array | undefined, length: number): Int32Array {
  return old !== undefined && old.buffer.byteLength >= 4 * length
    ? new Int32Array(old.buffer, 0, length)
    : new Int32Array(length);
}

/** Returns the common length of padded rows. */
function rowWidth(lengths: Int32Array, { padding, maxLength }: BatchOptions): number {
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  if (padding !== "maxLength") return longest;
  if (maxLength === undefined) {
    throw new BertieError("options/padding", 'padding is "maxLength", but maxLength is missing. Set maxLength.');
  }
  if (longest <= maxLength) return maxLength;
  throw new BertieError(
    "options/padding",
    `a row has ${longest} tokens, more than maxLength ${maxLength}. Enable truncation, or set padding to "longest".`,
  );
}

/** Returns a function that calls `compute` on its first call and then returns the same result. */
function once<T>(compute: () => T): () => T {
  let value: { readonly result: T } | undefined;
  return () => {
    value ??= { result: compute() };
    return value.result;
  };
}
