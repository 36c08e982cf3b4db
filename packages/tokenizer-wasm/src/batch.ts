import { BertieError } from "@bertie/common";
import {
  type BatchEncoding,
  type BatchItem,
  type BatchOptions,
  type BatchSettings,
  batchSettings,
  copyItems,
  type RaggedBatchEncoding,
  type WordsItem,
} from "./batch-options.ts";
import { encodeRows, type Plan } from "./batch-plan.ts";
import type { Core } from "./core.ts";
import type { TokenizerDefaults } from "./defaults.ts";
import { paddedLength, type RowSettings } from "./row-options.ts";
import type { Runtime } from "./runtime.ts";
import type { RowFormat } from "./template.ts";
import { type Rows, shrink } from "./wasm.ts";

/**
 * Encodes a batch.
 *
 * @throws BertieError "input/not-text", "input/too-large", or "options/…" if an option is invalid
 */
export function encodeItems(
  runtime: Runtime,
  core: Core,
  given: readonly (BatchItem | WordsItem)[],
  options: BatchOptions | undefined,
  format: RowFormat,
  defaults: TokenizerDefaults,
): BatchEncoding | RaggedBatchEncoding {
  const settings = batchSettings(options, format, defaults);
  const items = copyItems(given, settings.row.isSplitIntoWords);
  const { rows, plan } = encodeRows(runtime, core, items, settings);
  const batch = settings.row.padding === false ? buildRagged(rows, plan, settings) : buildPadded(rows, plan, settings);
  shrink(runtime);
  return batch;
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

function buildPadded(rows: Rows, plan: Plan, settings: BatchSettings): BatchEncoding {
  const { lengths, rowItems } = plan;
  const { row, reuse, layouts, padTypeId } = settings;
  const size = lengths.length;
  const length = rowWidth(lengths, row);
  const rowStart =
    row.paddingSide === "left" ? (i: number) => (i + 1) * length - lengths[i]! : (i: number) => i * length;
  // The operating system provides zeroed memory on first access, so the padding of a new array costs nothing if `[PAD]`
  // is 0. If one row is long, most of the batch is padding.
  const ids = filled(reuse?.ids, size * length, settings.padId);
  const offsets = settings.offsets ? filled(reuse?.offsets, 2 * size * length, 0) : undefined;
  writeRows(rows, plan, settings, rowStart, ids, offsets);
  const getTypeIds = once(() =>
    computeTypeIds(plan, { layouts, padTypeId }, rowStart, filled(undefined, size * length, padTypeId)),
  );
  const getAttentionMask = once(() => {
    const mask = new Int32Array(size * length);
    for (let item = 0; item < size; item++) mask.fill(1, rowStart(item), rowStart(item) + lengths[item]!);
    return mask;
  });
  const batch: Writable<BatchEncoding> = {
    size,
    length,
    ids,
    lengths,
    get typeIds() {
      return getTypeIds();
    },
    get attentionMask() {
      return getAttentionMask();
    },
  };
  if (offsets !== undefined) batch.offsets = offsets;
  if (rowItems !== undefined) batch.rowItems = rowItems;
  return batch;
}

function buildRagged(rows: Rows, plan: Plan, settings: BatchSettings): RaggedBatchEncoding {
  const { lengths, rowItems } = plan;
  const { reuse, layouts, padTypeId } = settings;
  const size = lengths.length;
  const rowOffsets = new Int32Array(size + 1);
  for (let item = 0; item < size; item++) rowOffsets[item + 1] = rowOffsets[item]! + lengths[item]!;
  const total = rowOffsets[size]!;
  const rowStart = (item: number) => rowOffsets[item]!;
  const ids = withLength(reuse?.ids, total);
  const offsets = settings.offsets ? filled(reuse?.offsets, 2 * total, 0) : undefined;
  if (plan.parts === undefined) {
    copy(rows.memory, rows.ids, rows.tokens, ids, 0);
    if (offsets !== undefined) copy(rows.memory, rows.spans, 2 * rows.tokens, offsets, 0);
  } else writeRows(rows, plan, settings, rowStart, ids, offsets);
  const getTypeIds = once(() => computeTypeIds(plan, { layouts, padTypeId }, rowStart, new Int32Array(total)));
  const batch: Writable<RaggedBatchEncoding> = {
    size,
    ids,
    lengths,
    rowOffsets,
    get typeIds() {
      return getTypeIds();
    },
  };
  if (offsets !== undefined) batch.offsets = offsets;
  if (rowItems !== undefined) batch.rowItems = rowItems;
  return batch;
}

function writeRows(
  rows: Rows,
  { lengths, parts }: Plan,
  { layouts }: Pick<BatchSettings, "layouts">,
  rowStart: (row: number) => number,
  ids: Int32Array,
  offsets: Int32Array | undefined,
): void {
  const write = (from: number, count: number, at: number) => {
    copy(rows.memory, rows.ids + from, count, ids, at);
    if (offsets !== undefined) copy(rows.memory, rows.spans + 2 * from, 2 * count, offsets, 2 * at);
  };
  if (parts === undefined) {
    for (let row = 0, from = 0; row < lengths.length; from += lengths[row++]!)
      write(from, lengths[row]!, rowStart(row));
    return;
  }
  for (let row = 0; row < lengths.length; row++) {
    let at = rowStart(row);
    for (const piece of layouts[parts[4 * row + 3]! < 0 ? 0 : 1].pieces) {
      if ("id" in piece) {
        ids[at++] = piece.id;
        continue;
      }
      const part = 4 * row + 2 * piece.text;
      write(parts[part]!, parts[part + 1]!, at);
      at += parts[part + 1]!;
    }
  }
}

/** Maximum number of elements for which a loop is faster than `subarray()` and `set()`. */
const MAX_LOOP_COPY = 40;

function copy(from: Int32Array, start: number, count: number, to: Int32Array, at: number): void {
  if (count > MAX_LOOP_COPY) to.set(from.subarray(start, start + count), at);
  else for (let i = 0; i < count; i++) to[at + i] = from[start + i]!;
}

type TypeSettings = Pick<BatchSettings, "layouts" | "padTypeId">;

/** Writes the token type ids of all rows to an array that contains those of padding. */
function computeTypeIds(
  { lengths, parts }: Plan,
  { layouts, padTypeId }: TypeSettings,
  rowStart: (row: number) => number,
  typeIds: Int32Array,
): Int32Array {
  const isZero = [layouts[0], layouts[1]].map(({ pieces }) => pieces.every(({ typeId }) => typeId === 0));
  for (let row = 0; row < lengths.length; row++) {
    const texts = parts === undefined || parts[4 * row + 3]! < 0 ? 0 : 1;
    if (isZero[texts] && padTypeId === 0) continue;
    const { pieces, specialTokens } = layouts[texts];
    let at = rowStart(row);
    for (const piece of pieces) {
      let count = 1;
      if ("text" in piece) count = parts?.[4 * row + 2 * piece.text + 1] ?? lengths[row]! - specialTokens;
      typeIds.fill(piece.typeId, at, at + count);
      at += count;
    }
  }
  return typeIds;
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
function rowWidth(lengths: Int32Array, settings: RowSettings): number {
  let longest = 0;
  for (let row = 0; row < lengths.length; row++) longest = Math.max(longest, lengths[row]!);
  const width = paddedLength(longest, settings);
  if (longest <= width) return width;
  throw new BertieError(
    "options/padding",
    `a row has ${longest} tokens, more than the ${width} to which rows are padded. Enable truncation, or set padding to "longest".`,
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
