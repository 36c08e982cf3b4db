import { BertieError } from "@bertie/common";
import type { TokenizerDefaults } from "./defaults.ts";
import { type OptionRules, optionReader, readBoolean } from "./read-options.ts";
import {
  type HuggingFaceRowOptions,
  type PaddingOption,
  type ReusedArrays,
  ROW_RULES,
  type RowOptions,
  type RowSettings,
  readReuse,
  resolveRowOptions,
} from "./row-options.ts";
import { type RowFormat, type RowLayout, rowLayout } from "./template.ts";
import { readText, type TextInput } from "./text-input.ts";

/** A text, or a pair of texts. */
export type BatchItem = string | readonly [text: string, pair: string];

/** The words of a text, or of a pair of texts, with `isSplitIntoWords`. */
export type WordsItem = readonly string[] | readonly [text: readonly string[], pair: readonly string[]];

/** Options of {@link BertTokenizer.encodeBatch}. */
export type BatchOptions = RowOptions &
  HuggingFaceRowOptions & {
    /**
     * Padding of rows with `[PAD]`: to the longest row (`true` or "longest"), to `maxLength` ("maxLength"), to a number of
     * tokens, or none (`false`), which returns rows of different lengths, one after the other.
     *
     * @default the value in `defaults`, or true
     */
    readonly padding?: PaddingOption | undefined;
    /**
     * Whether to return the position of each token in its text.
     *
     * @default false
     */
    readonly offsets?: boolean | undefined;
    /** Same as `offsets`. */
    readonly return_offsets_mapping?: boolean | undefined;
    /**
     * Whether to return the further windows of truncated texts, as rows after the first row of their item. `rowItems` is then
     * the index of each row's item.
     *
     * @default false
     */
    readonly overflow?: boolean | undefined;
    /** Same as `overflow`. */
    readonly return_overflowing_tokens?: boolean | undefined;
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
   * Token type ids, shape `[size, length]`. In BERT's rows, 1 for a second text and its `[SEP]`, otherwise 0. Computed
   * on first use.
   */
  readonly typeIds: Int32Array;
  /** Attention mask, shape `[size, length]`: 0 for padding, otherwise 1. Computed on first use. */
  readonly attentionMask: Int32Array;
  /** Number of tokens in each row, without padding, shape `[size]`. */
  readonly lengths: Int32Array;
  /** Start and end of each token in its text, in UTF-16 code units, shape `[size, length, 2]`; only if requested. */
  readonly offsets?: Int32Array;
  /** Index of each row's item, shape `[size]`; only with `overflow: true`. */
  readonly rowItems?: Int32Array;
};

/** Encodings of many texts, as rows of different lengths, one after the other. */
export type RaggedBatchEncoding = Omit<BatchEncoding, "length" | "attentionMask"> & {
  /**
   * Start of each row, and the end of the last, shape `[size + 1]`. Row r is
   * `ids.subarray(rowOffsets[r], rowOffsets[r + 1])`.
   */
  readonly rowOffsets: Int32Array;
};

type ReadBatchOptions = Parameters<typeof resolveRowOptions>[0] & {
  readonly overflow?: boolean;
  readonly reuse?: ReusedArrays;
};

const BATCH_RULES: OptionRules<ReadBatchOptions> = {
  ...ROW_RULES,
  overflow: { alias: ["return_overflowing_tokens"], read: readBoolean },
  reuse: { read: readReuse },
};
const readBatchOptions = optionReader("encodeBatch()", BATCH_RULES, true);

/** Settings of a batch, with defaults. */
export type BatchSettings = {
  readonly row: RowSettings;
  readonly offsets: boolean;
  readonly overflow: boolean;
  readonly reuse: ReusedArrays | undefined;
  /** Pieces of rows with one text, and with two. */
  readonly layouts: readonly [single: RowLayout, pair: RowLayout];
  readonly padId: number;
  readonly padTypeId: number;
};

/**
 * Copies and checks options, and fills in the defaults.
 *
 * @throws BertieError "options/…" if an option is invalid
 */
export function batchSettings(
  given: BatchOptions | undefined,
  format: RowFormat,
  defaults: TokenizerDefaults,
): BatchSettings {
  const options = readBatchOptions(given);
  const row = resolveRowOptions(options, defaults, "longest");
  return {
    row,
    offsets: options.offsets ?? false,
    overflow: options.overflow ?? false,
    reuse: options.reuse,
    layouts: [rowLayout(format, 1, row.addSpecialTokens), rowLayout(format, 2, row.addSpecialTokens)],
    padId: format.padId,
    padTypeId: format.padTypeId,
  };
}

/** An item whose text, texts or words have been copied and checked. */
export type CopiedItem = string | readonly TextInput[];

/** Copies and checks the items. Otherwise, a caller's getters could use this package while its memory is in use. */
export function copyItems(given: readonly (BatchItem | WordsItem)[], isSplit: boolean): CopiedItem[] {
  const items: unknown[] = Array.isArray(given) ? [...given] : [given];
  for (let i = 0; i < items.length; i++) {
    if (isSplit || typeof items[i] !== "string") items[i] = copyItem(items[i], i, isSplit);
  }
  return items as CopiedItem[];
}

function copyItem(item: unknown, index: number, isSplit: boolean): readonly TextInput[] {
  const parts: unknown[] = Array.isArray(item) ? [...item] : [item];
  const isPair = parts.length === 2 && (!isSplit || parts.every((part) => Array.isArray(part)));
  const texts = isPair ? parts : [isSplit && Array.isArray(item) ? parts : undefined];
  return texts.map((text) => readText(text, isSplit, () => itemError(index, isSplit)));
}

function itemError(index: number, isSplit: boolean): BertieError {
  const expected = isSplit ? "an array of words or a pair of such arrays" : "a string or a pair of strings";
  return new BertieError("input/not-text", `item ${index} of the batch is invalid. Expected ${expected}.`);
}
