import { BertieError } from "@bertie/common";
import type { TokenizerDefaults } from "./defaults.ts";
import { describe, type OptionRules, readBoolean, readChoice, readCount } from "./read-options.ts";
import { roomForText, type Truncation } from "./truncation.ts";

/** Truncation of texts that exceed `maxLength`, in Bertie's spelling and in Hugging Face's. */
export type TruncationOption =
  | boolean
  | Truncation
  | "longest_first"
  | "only_first"
  | "only_second"
  | "do_not_truncate";

/** Padding of rows, in Bertie's spelling and in Hugging Face's; a number is a number of tokens. */
export type PaddingOption = boolean | number | "longest" | "maxLength" | "max_length" | "do_not_pad";

/** Start or end of a row or text. */
export type Side = "left" | "right";

/** Options that encode() and encodeBatch() share. */
export type RowOptions = {
  /** Maximum number of tokens per row, including special tokens (default: the value in `defaults`, or unlimited). */
  readonly maxLength?: number | undefined;
  /**
   * Truncation of texts that exceed `maxLength`. `true` means "longestFirst", and `false` disables truncation.
   *
   * @default the value in `defaults`, or true
   */
  readonly truncation?: TruncationOption | undefined;
  /**
   * Side from which tokens are removed.
   *
   * @default the value in `defaults`, or "right"
   */
  readonly truncationSide?: Side | undefined;
  /**
   * Number of tokens that consecutive windows of a truncated text share. Must be less than the number of text tokens in a
   * row of `maxLength` tokens.
   *
   * @default the value in `defaults`, or 0
   */
  readonly stride?: number | undefined;
  /**
   * Side on which padding is added.
   *
   * @default the value in `defaults`, or "right"
   */
  readonly paddingSide?: Side | undefined;
  /**
   * The length of padded rows is rounded up to a multiple of this number.
   *
   * @default the value in `defaults`, or 1
   */
  readonly padToMultipleOf?: number | undefined;
  /**
   * Whether to add the special tokens of the tokenizer's `template`, such as `[CLS]` and `[SEP]`.
   *
   * @default true
   */
  readonly addSpecialTokens?: boolean | undefined;
  /**
   * Whether texts are arrays of words, each of which is tokenized separately. Offsets are then relative to the word, and
   * `wordIds` are indices of the given words.
   *
   * @default false
   */
  readonly isSplitIntoWords?: boolean | undefined;
};

/** Hugging Face's names of {@link RowOptions}, which are accepted as well. */
export type HuggingFaceRowOptions = {
  /** Same as `maxLength`. */
  readonly max_length?: RowOptions["maxLength"];
  /** Same as `truncationSide`. */
  readonly truncation_side?: RowOptions["truncationSide"];
  /** Same as `paddingSide`. */
  readonly padding_side?: RowOptions["paddingSide"];
  /** Same as `padToMultipleOf`. */
  readonly pad_to_multiple_of?: RowOptions["padToMultipleOf"];
  /** Same as `addSpecialTokens`. */
  readonly add_special_tokens?: RowOptions["addSpecialTokens"];
  /** Same as `isSplitIntoWords`. */
  readonly is_split_into_words?: RowOptions["isSplitIntoWords"];
};

/** Row options as they were read: copied, checked, and in Bertie's spelling. */
type ReadRowOptions = Omit<RowOptions, "truncation"> & {
  readonly truncation?: boolean | Truncation | undefined;
  readonly padding?: PaddingRead | undefined;
  readonly offsets?: boolean | undefined;
};

type PaddingRead = false | "longest" | "maxLength" | number;

const readSide = readChoice<Side>(
  new Map([
    ["left", "left"],
    ["right", "right"],
  ] as const),
);

/** Reads `maxLength`. Its lower limit depends on the template. */
export const readMaxLength = readCount(0, (text) => new BertieError("options/max-length", text));

/** Rules of the options that encode() and encodeBatch() share. */
export const ROW_RULES: OptionRules<ReadRowOptions> = {
  maxLength: { alias: ["max_length"], read: readMaxLength },
  truncation: {
    read: readChoice<boolean | Truncation>(
      new Map<unknown, boolean | Truncation>([
        [true, true],
        [false, false],
        ["longestFirst", "longestFirst"],
        ["onlyFirst", "onlyFirst"],
        ["onlySecond", "onlySecond"],
        ["longest_first", "longestFirst"],
        ["only_first", "onlyFirst"],
        ["only_second", "onlySecond"],
        ["do_not_truncate", false],
      ]),
      (text) => new BertieError("options/truncation", text),
    ),
  },
  truncationSide: { alias: ["truncation_side"], read: readSide },
  stride: { read: readCount(0, (text) => new BertieError("options/stride", text)) },
  padding: { read: readPadding },
  paddingSide: { alias: ["padding_side"], read: readSide },
  padToMultipleOf: { alias: ["pad_to_multiple_of"], read: readCount(1) },
  addSpecialTokens: { alias: ["add_special_tokens"], read: readBoolean },
  offsets: { alias: ["return_offsets_mapping"], read: readBoolean },
  isSplitIntoWords: { alias: ["is_split_into_words"], read: readBoolean },
};

const paddingError = (text: string) => new BertieError("options/padding", text);
const readPaddingLength = readCount(0, paddingError);
const readPaddingName = readChoice<PaddingRead>(
  new Map<unknown, PaddingRead>([
    [true, "longest"],
    [false, false],
    ["longest", "longest"],
    ["maxLength", "maxLength"],
    ["max_length", "maxLength"],
    ["do_not_pad", false],
  ]),
  paddingError,
  ["a number of tokens"],
);

function readPadding(value: unknown, name: string): PaddingRead {
  return typeof value === "number" ? readPaddingLength(value, name) : readPaddingName(value, name);
}

/** Row options, with defaults. */
export type RowSettings = {
  readonly maxLength: number | undefined;
  readonly truncation: false | Truncation;
  readonly truncationSide: Side;
  readonly stride: number;
  /** Padding to the longest row, to a number of tokens, or none. */
  readonly padding: false | "longest" | number;
  readonly paddingSide: Side;
  readonly padToMultipleOf: number;
  readonly addSpecialTokens: boolean;
  readonly isSplitIntoWords: boolean;
};

/**
 * Fills in the defaults.
 *
 * @param padding padding if neither the options nor the tokenizer's defaults set it
 * @throws BertieError "options/padding" if `padding` is "maxLength" without a `maxLength`
 */
export function resolveRowOptions(
  options: ReadRowOptions,
  defaults: TokenizerDefaults,
  padding: false | "longest",
): RowSettings {
  const { truncation = defaults.truncation ?? true } = options;
  const maxLength = options.maxLength ?? defaults.maxLength;
  return {
    maxLength,
    truncation: truncation === true ? (defaults.truncation ?? "longestFirst") : truncation,
    truncationSide: options.truncationSide ?? defaults.truncationSide ?? "right",
    stride: options.stride ?? defaults.stride ?? 0,
    padding: resolvePadding(options.padding ?? defaults.padding ?? padding, maxLength),
    paddingSide: options.paddingSide ?? defaults.paddingSide ?? "right",
    padToMultipleOf: options.padToMultipleOf ?? defaults.padToMultipleOf ?? 1,
    addSpecialTokens: options.addSpecialTokens ?? true,
    isSplitIntoWords: options.isSplitIntoWords ?? false,
  };
}

function resolvePadding(padding: PaddingRead, maxLength: number | undefined): false | "longest" | number {
  if (padding !== "maxLength") return padding;
  if (maxLength !== undefined) return maxLength;
  throw paddingError('padding is "maxLength", but maxLength is missing. Set maxLength.');
}

/** Returns the number of tokens in padded rows, of which the longest has `longest` tokens. */
export function paddedLength(longest: number, { padding, padToMultipleOf: multiple }: RowSettings): number {
  const length = typeof padding === "number" ? padding : longest;
  return padding === false ? 0 : Math.ceil(length / multiple) * multiple;
}

/** Limits on the length of a row. */
export type Limits = {
  /** Maximum number of tokens per row, without special tokens. */
  readonly maxTextTokens: number;
  readonly truncation: Truncation;
  readonly side: Side;
  /** Number of tokens that consecutive windows share. */
  readonly stride: number;
};

/**
 * Returns the limits for rows with this number of special tokens.
 *
 * @throws BertieError "options/max-length" if `maxLength` is less than the number of special tokens, "options/stride" if
 * `stride` is not less than the number of text tokens in a row
 */
export function limitsOf(settings: RowSettings, specialTokens: number): Limits {
  const { maxLength, truncation, truncationSide: side, stride } = settings;
  const available = maxLength === undefined ? Number.POSITIVE_INFINITY : roomForText(maxLength, specialTokens);
  const maxTextTokens = truncation === false ? Number.POSITIVE_INFINITY : available;
  if (stride > 0 && stride >= maxTextTokens) {
    throw new BertieError(
      "options/stride",
      `stride is ${stride}, but a row of ${maxLength} tokens has ${maxTextTokens} tokens of text. Expected a whole number from 0 to ${Math.max(maxTextTokens - 1, 0)}.`,
    );
  }
  return { maxTextTokens, truncation: truncation === false ? "longestFirst" : truncation, side, stride };
}

/** Entire buffers of the arrays in an earlier result, which may be overwritten. */
export type ReusedArrays = { readonly [Name in "ids" | "offsets" | "rowOffsets"]: Int32Array | undefined };

/** Reads an earlier result whose arrays are overwritten. */
export function readReuse(value: unknown, name: string): ReusedArrays {
  if (typeof value !== "object" || value === null) {
    throw new BertieError("options/value", `${name} is ${describe(value)}. Expected the result of an earlier call.`);
  }
  const { ids, offsets, rowOffsets } = value as Readonly<Record<string, unknown>>;
  return { ids: wholeBuffer(ids), offsets: wholeBuffer(offsets), rowOffsets: wholeBuffer(rowOffsets) };
}

/**
 * Returns a view of an array's entire buffer; undefined if there is no buffer or it has no element. Takes the length
 * from the buffer, because a caller's subclass of Int32Array may report a wrong length.
 */
function wholeBuffer(array: unknown): Int32Array | undefined {
  if (!(array instanceof Int32Array) || array.buffer.byteLength < 4) return undefined;
  return new Int32Array(array.buffer, 0, array.buffer.byteLength >> 2);
}
