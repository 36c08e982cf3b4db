import { BertieError } from "@bertie/common";
import { type EncodeOptions, type Limits, limitsOf, type SpecialIds } from "./encoding.ts";
import { fitPair } from "./truncation.ts";
import { type Core, encodeTexts, type Rows, type Runtime, shrink } from "./wasm.ts";

/** A text, or a pair of them. */
export type BatchItem = string | readonly [text: string, pair: string];

/** Options of {@link BertTokenizer.encodeBatch}; as those of `encode`, but rows are filled up to one length unless told not to be. */
export type BatchOptions = Pick<EncodeOptions, "maxLength" | "truncation" | "addSpecialTokens"> & {
  /**
   * Fill rows up with `[PAD]` to the longest row (true, "longest": the default) or to `maxLength`; or (false) put them one
   * behind the other as they are.
   */
  readonly padding?: boolean | "longest" | "maxLength" | undefined;
  /** Say where tokens come from. Default false. */
  readonly offsets?: boolean | undefined;
  /**
   * A batch of an earlier call that is no longer needed: its arrays are written over where they are large enough. Saves
   * time when a corpus is encoded batch by batch.
   */
  readonly reuse?: BatchEncoding | RaggedBatchEncoding | undefined;
};

/** Many texts as tokens: flat arrays of shape [size, length], row by row. */
export type BatchEncoding = {
  /** The number of rows. */
  readonly size: number;
  /** The number of tokens in every row, padding among them. */
  readonly length: number;
  readonly ids: Int32Array;
  /** 1 for the second text and its `[SEP]`, else 0. Made when it is first asked for. */
  readonly typeIds: Int32Array;
  /** 0 for padding, else 1. Made when it is first asked for. */
  readonly attentionMask: Int32Array;
  /** The number of tokens in each row, padding not counted: shape [size]. */
  readonly lengths: Int32Array;
  /** Start and end of every token in its own text, in UTF-16 code units, if asked for: shape [size, length, 2]. */
  readonly offsets?: Int32Array;
};

/** Many texts as tokens: rows of different lengths, one behind the other. */
export type RaggedBatchEncoding = Omit<BatchEncoding, "length" | "attentionMask"> & {
  /** Row r is `ids.subarray(rowOffsets[r], rowOffsets[r + 1])`: one number more than there are rows. */
  readonly rowOffsets: Int32Array;
};

/** How the module's rows, one for each text, become those of the batch, one for each item. */
type Plan = {
  /** How many tokens of each item's first and second text are kept; -1 where there is no second. */
  readonly kept: Int32Array;
  readonly lengths: Int32Array;
  /** Whether special tokens are still to be put around them. */
  readonly frame: boolean;
};

/**
 * Encodes a batch.
 *
 * @throws BertieError "input/not-text", "input/too-large", "options/…"
 */
export function encodeItems(
  runtime: Runtime,
  core: Core,
  given: readonly BatchItem[],
  givenOptions: BatchOptions,
  special: SpecialIds,
): BatchEncoding | RaggedBatchEncoding {
  const items = ownItems(given);
  const options = ownOptions(givenOptions);
  const encode = items.every((item) => typeof item === "string") ? encodeSingle : encodeMixed;
  const { rows, plan } = encode(runtime, core, items as string[], options, special);
  const batch =
    options.padding === false ? layRagged(rows, plan, options, special) : layFlat(rows, plan, options, special);
  shrink(runtime);
  return batch;
}

/** The items as they are now. A caller's getters, asked later, could call this package while its memory is in use. */
function ownItems(given: readonly BatchItem[]): BatchItem[] {
  const items: BatchItem[] = Array.isArray(given) ? [...given] : [given as unknown as BatchItem];
  for (let i = 0; i < items.length; i++) {
    const item: unknown = items[i];
    if (typeof item === "string") continue;
    const pair: unknown[] = Array.isArray(item) ? [...item] : [];
    if (pair.length !== 2 || pair.some((text) => typeof text !== "string")) {
      throw new BertieError("input/not-text", `item ${i} of the batch is neither a string nor a pair of strings`);
    }
    items[i] = pair as [string, string];
  }
  return items;
}

function ownOptions(options: BatchOptions): BatchOptions {
  const { maxLength, truncation, addSpecialTokens, padding, offsets, reuse } = options;
  const old = { ids: ownArray(reuse?.ids), offsets: ownArray(reuse?.offsets) } as BatchEncoding;
  return { maxLength, truncation, addSpecialTokens, padding, offsets: Boolean(offsets), ...(reuse && { reuse: old }) };
}

/** All of the buffer that an array is a part of, if there is one; by the buffer's word, as a caller's class may lie. */
function ownArray(array: unknown): Int32Array | undefined {
  if (!(array instanceof Int32Array) || array.buffer.byteLength === 0) return undefined;
  return new Int32Array(array.buffer, 0, array.buffer.byteLength >> 2);
}

/** Encodes texts that are rows by themselves: the module frames and cuts them. */
function encodeSingle(
  runtime: Runtime,
  core: Core,
  texts: readonly string[],
  options: BatchOptions,
  special: SpecialIds,
): { rows: Rows; plan: Plan } {
  const { room, frame } = limitsOf(options, 1);
  const rows = encodeTexts(runtime, core, texts, {
    frame: frame ? [special.cls, special.sep] : undefined,
    maxLength: room + (frame ? 2 : 0),
    spans: options.offsets ?? false,
  });
  return { rows, plan: planFinished(rows) };
}

/** Encodes items among which there are pairs. */
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
    maxLength: enoughTokens(single, pair),
    spans: options.offsets ?? false,
  });
  return { rows, plan: planRows(rows, items, single, pair, options.addSpecialTokens ?? true) };
}

/** How many tokens of a text can matter at most. */
function enoughTokens(single: Limits | undefined, pair: Limits): number {
  // Which text of a pair gives way may be for its whole length to decide, but not where it is the longer that does.
  const ofPair = pair.truncation === "longestFirst" ? pair.room : Number.POSITIVE_INFINITY;
  return Math.max(single?.room ?? 0, ofPair);
}

/** Each of the module's rows is one of the batch's as it is. */
function planFinished({ rowEnds }: Rows): Plan {
  const kept = new Int32Array(2 * rowEnds.length);
  const lengths = new Int32Array(rowEnds.length);
  let start = 0;
  for (let row = 0; row < rowEnds.length; row++) {
    const end = rowEnds[row]!;
    lengths[row] = end - start;
    kept[2 * row] = end - start;
    kept[2 * row + 1] = -1;
    start = end;
  }
  return { kept, lengths, frame: false };
}

function planRows(
  rows: Rows,
  items: readonly BatchItem[],
  single: Limits | undefined,
  pair: Limits,
  frame: boolean,
): Plan {
  const kept = new Int32Array(2 * items.length);
  const lengths = new Int32Array(items.length);
  let row = 0;
  const nextLength = () => rows.rowEnds[row]! - (row++ === 0 ? 0 : rows.rowEnds[row - 2]!);
  for (let item = 0; item < items.length; item++) {
    let first = nextLength();
    let second = -1;
    if (typeof items[item] === "string") first = Math.min(first, single!.room);
    else [first, second] = fitPair(first, nextLength(), pair.room, pair.truncation);
    kept[2 * item] = first;
    kept[2 * item + 1] = second;
    const texts = second < 0 ? 1 : 2;
    lengths[item] = first + Math.max(second, 0) + (frame ? texts + 1 : 0);
  }
  return { kept, lengths, frame };
}

function layFlat(rows: Rows, plan: Plan, options: BatchOptions, special: SpecialIds): BatchEncoding {
  const { lengths } = plan;
  const size = lengths.length;
  const length = rowWidth(lengths, options);
  const starts = (item: number) => item * length;
  // Memory that is zero when it is new costs nothing where nothing is written: most of a batch with one long row.
  const ids = filled(options.reuse?.ids, size * length, special.pad);
  const offsets = options.offsets ? filled(options.reuse?.offsets, 2 * size * length, 0) : undefined;
  writeRows(rows, plan, starts, special, ids, offsets);
  const ofTypes = once(() => typeIds(plan, starts, size * length));
  const ofAttention = once(() => {
    const mask = new Int32Array(size * length);
    for (let item = 0; item < size; item++) mask.fill(1, starts(item), starts(item) + lengths[item]!);
    return mask;
  });
  return {
    size,
    length,
    ids,
    lengths,
    ...(offsets && { offsets }),
    get typeIds() {
      return ofTypes();
    },
    get attentionMask() {
      return ofAttention();
    },
  };
}

function layRagged(rows: Rows, plan: Plan, options: BatchOptions, special: SpecialIds): RaggedBatchEncoding {
  const { lengths } = plan;
  const size = lengths.length;
  const rowOffsets = new Int32Array(size + 1);
  for (let item = 0; item < size; item++) rowOffsets[item + 1] = rowOffsets[item]! + lengths[item]!;
  const total = rowOffsets[size]!;
  const starts = (item: number) => rowOffsets[item]!;
  const ids = withLength(options.reuse?.ids, total);
  const offsets = options.offsets ? withLength(options.reuse?.offsets, 2 * total).fill(0) : undefined;
  if (!plan.frame && rows.ids.length === total) {
    ids.set(rows.ids);
    offsets?.set(rows.spans);
  } else writeRows(rows, plan, starts, special, ids, offsets);
  const ofTypes = once(() => typeIds(plan, starts, total));
  return {
    size,
    ids,
    lengths,
    rowOffsets,
    ...(offsets && { offsets }),
    get typeIds() {
      return ofTypes();
    },
  };
}

function writeRows(
  rows: Rows,
  { kept, frame }: Plan,
  starts: (item: number) => number,
  special: SpecialIds,
  ids: Int32Array,
  offsets: Int32Array | undefined,
): void {
  for (let item = 0, row = 0; 2 * item < kept.length; item++) {
    let at = starts(item);
    if (frame) ids[at++] = special.cls;
    for (let text = 0; text < 2; text++) {
      const count = kept[2 * item + text]!;
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

/** Up to this many numbers are copied sooner one by one than by making a view and calling `set`. */
const FEW = 40;

function copy(from: Int32Array, start: number, count: number, to: Int32Array, at: number): void {
  if (count > FEW) to.set(from.subarray(start, start + count), at);
  else for (let i = 0; i < count; i++) to[at + i] = from[start + i]!;
}

function typeIds({ kept, frame }: Plan, starts: (item: number) => number, total: number): Int32Array {
  const ids = new Int32Array(total);
  for (let item = 0; 2 * item < kept.length; item++) {
    const [first, second] = [kept[2 * item]!, kept[2 * item + 1]!];
    if (second < 0) continue;
    const start = starts(item) + first + (frame ? 2 : 0);
    ids.fill(1, start, start + second + (frame ? 1 : 0));
  }
  return ids;
}

/** An array of so many times `value`, in the buffer of an old one if that is large enough. */
function filled(old: Int32Array | undefined, length: number, value: number): Int32Array {
  const array = withLength(old, length);
  return value === 0 && array.buffer !== old?.buffer ? array : array.fill(value);
}

function withLength(old: Int32Array | undefined, length: number): Int32Array {
  return old !== undefined && old.buffer.byteLength >= 4 * length
    ? new Int32Array(old.buffer, 0, length)
    : new Int32Array(length);
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
