import { type RowFormat, rowLayout, type TemplatePiece } from "./template.ts";
import { fitPair, roomForText, type Truncation, windows } from "./truncation.ts";
import type { Rows } from "./wasm.ts";
import { numberWords, type WordSpans } from "./word-ids.ts";

/** Options of {@link BertTokenizer.encode}. */
export type EncodeOptions = {
  /** Second text, which is encoded as `[CLS] text [SEP] pair [SEP]`. */
  readonly pair?: string | undefined;
  /** Maximum number of tokens, including special tokens (default: unlimited). */
  readonly maxLength?: number | undefined;
  /**
   * Truncation of texts that exceed `maxLength`. `true` means "longestFirst", and `false` disables truncation.
   *
   * @default true
   */
  readonly truncation?: boolean | Truncation | undefined;
  /**
   * Padding with `[PAD]`: "maxLength" pads to `maxLength` tokens. `true` and "longest" pad to the longest row of a
   * batch, which has no effect on a single text.
   *
   * @default false
   */
  readonly padding?: boolean | "longest" | "maxLength" | undefined;
  /**
   * Number of tokens that consecutive windows share, for the windows in `overflowing`.
   *
   * @default 0
   */
  readonly stride?: number | undefined;
  /**
   * Whether to add `[CLS]` and `[SEP]`.
   *
   * @default true
   */
  readonly addSpecialTokens?: boolean | undefined;
  /**
   * Whether to return the position of each token in its text. If false, `offsets` and `wordIds` are empty.
   *
   * @default true
   */
  readonly offsets?: boolean | undefined;
};

/** Encoding of a text or of a pair of texts. Each list has one entry per token. */
export type Encoding = {
  /** Token ids. */
  readonly ids: number[];
  /** Token type ids. In BERT's rows, 1 for the second text and its `[SEP]`, otherwise 0. */
  readonly typeIds: number[];
  /** Attention mask: 0 for padding, otherwise 1. */
  readonly attentionMask: number[];
  /** 1 for tokens that the tokenizer added (`[CLS]`, `[SEP]` and `[PAD]`), otherwise 0. */
  readonly specialTokensMask: number[];
  /** Tokens, as spelled in the vocabulary. */
  readonly tokens: string[];
  /** Start and exclusive end of each token in its text, in UTF-16 code units; [0, 0] for added tokens. */
  readonly offsets: [start: number, end: number][];
  /** Index of each token's word in its text, where punctuation and ideographs are words; null for added tokens. */
  readonly wordIds: (number | null)[];
  /** Further windows of a truncated text. Always empty for a pair truncated by "longestFirst". */
  readonly overflowing: Encoding[];
};

/** Limits on the length of a row, from the options that encode() and encodeBatch() share. */
export type Limits = {
  /** Maximum number of tokens per row, without special tokens. */
  readonly maxTextTokens: number;
  readonly truncation: Truncation;
};

/** Returns the limits for rows with this number of special tokens. */
export function limitsOf(options: EncodeOptions, specialTokens: number): Limits {
  const { maxLength, truncation = true } = options;
  const available = maxLength === undefined ? Number.POSITIVE_INFINITY : roomForText(maxLength, specialTokens);
  return {
    maxTextTokens: truncation === false ? Number.POSITIVE_INFINITY : available,
    truncation: typeof truncation === "string" ? truncation : "longestFirst",
  };
}

/** A range of a row's tokens. */
type TokenRange = { readonly row: number; readonly from: number; readonly to: number };

/** Names of tokens, and the words that they belong to. */
export type WordNames = {
  readonly tokenOf: (id: number) => string;
  /** Prefix of tokens that continue a word. */
  readonly prefix: string;
  /** Spans of the words, if the prefix does not tell the tokens that continue a word. */
  readonly words: WordSpans | undefined;
};

/** Builds an encoding from row 0, the text, and row 1, the second text of a pair. */
export function buildEncoding(
  rows: Rows,
  options: EncodeOptions,
  format: RowFormat,
  { tokenOf, prefix, words }: WordNames,
): Encoding {
  const lengths = [...rows.rowEnds].map((end, row) => end - (rows.rowEnds[row - 1] ?? 0));
  const { pieces, specialTokens } = rowLayout(format, lengths.length === 2 ? 2 : 1, options.addSpecialTokens ?? true);
  const limits = limitsOf(options, specialTokens);
  const wordIds = (options.offsets ?? true) ? numberWords(rows, tokenOf, prefix, words) : undefined;
  const [first, ...others] = planWindows(lengths, limits, options.stride ?? 0).map((ranges) =>
    assemble(rows, wordIds, ranges, pieces, options, format, tokenOf),
  );
  return { ...first!, overflowing: others };
}

/** Returns the token ranges of each encoding: the first encoding, then the overflowing ones. */
function planWindows(
  lengths: readonly number[],
  { maxTextTokens, truncation }: Limits,
  stride: number,
): TokenRange[][] {
  const [first, second] = [lengths[0]!, lengths[1]];
  const ranges = (row: number, size: number) =>
    windows(lengths[row]!, size, stride).map(([from, to]): TokenRange => ({ row, from, to }));
  if (second === undefined) return ranges(0, maxTextTokens).map((range) => [range]);
  const [keptFirst, keptSecond] = fitPair(first, second, maxTextTokens, truncation);
  if (truncation === "onlyFirst") return ranges(0, keptFirst).map((range) => [range, { row: 1, from: 0, to: second }]);
  if (truncation === "onlySecond") return ranges(1, keptSecond).map((range) => [{ row: 0, from: 0, to: first }, range]);
  return [
    [
      { row: 0, from: 0, to: keptFirst },
      { row: 1, from: 0, to: keptSecond },
    ],
  ];
}

function assemble(
  rows: Rows,
  wordIds: Int32Array | undefined,
  ranges: readonly TokenRange[],
  pieces: readonly TemplatePiece[],
  options: EncodeOptions,
  { padId, padTypeId }: RowFormat,
  tokenOf: (id: number) => string,
): Encoding {
  const encoding: Encoding = {
    ids: [],
    typeIds: [],
    attentionMask: [],
    specialTokensMask: [],
    tokens: [],
    offsets: [],
    wordIds: [],
    overflowing: [],
  };
  const push = (id: number, type: number, attention: number, index?: number) => {
    encoding.ids.push(id);
    encoding.typeIds.push(type);
    encoding.attentionMask.push(attention);
    encoding.specialTokensMask.push(index === undefined ? 1 : 0);
    encoding.tokens.push(tokenOf(id));
    if (wordIds === undefined) return;
    encoding.offsets.push(index === undefined ? [0, 0] : [rows.spans[2 * index]!, rows.spans[2 * index + 1]!]);
    encoding.wordIds.push(index === undefined ? null : wordIds[index]!);
  };
  for (const piece of pieces) {
    if ("id" in piece) {
      push(piece.id, piece.typeId, 1);
      continue;
    }
    const { row, from, to } = ranges[piece.text]!;
    const start = rows.rowEnds[row - 1] ?? 0;
    for (let index = start + from; index < start + to; index++) push(rows.ids[index]!, piece.typeId, 1, index);
  }
  if (options.padding === "maxLength" && options.maxLength !== undefined) {
    while (encoding.ids.length < options.maxLength) push(padId, padTypeId, 0);
  }
  return encoding;
}
