import { isContinuation } from "./decode.ts";
import type { TokenizerDefaults } from "./defaults.ts";
import { type OptionRules, optionReader } from "./read-options.ts";
import {
  type HuggingFaceRowOptions,
  type Limits,
  limitsOf,
  type PaddingOption,
  paddedLength,
  ROW_RULES,
  type RowOptions,
  type RowSettings,
  resolveRowOptions,
} from "./row-options.ts";
import { keepTexts, keptTexts } from "./sequences.ts";
import { type RowFormat, type RowLayout, rowLayout } from "./template.ts";
import type { TextInput, TextTokens } from "./text-input.ts";
import { checkStride, firstRanges, furtherRanges, keptLengths, type RowRanges, type TokenRange } from "./windows.ts";

/** Options of {@link BertTokenizer.encode}. */
export type EncodeOptions = RowOptions &
  HuggingFaceRowOptions & {
    /** Second text, which BERT's tokenizers encode as `[CLS] text [SEP] pair [SEP]`. */
    readonly pair?: TextInput | undefined;
    /** Same as `pair`. */
    readonly text_pair?: TextInput | undefined;
    /**
     * Padding with `[PAD]`: "maxLength" pads to `maxLength` tokens, and a number to that many tokens. `true` and "longest"
     * pad the windows in `overflowing` to the length of the first row.
     *
     * @default the value in `defaults`, or false
     */
    readonly padding?: PaddingOption | undefined;
    /**
     * Whether to return the position of each token in its text. If false, `offsets` and `wordIds` are empty.
     *
     * @default true
     */
    readonly offsets?: boolean | undefined;
    /** Same as `offsets`. */
    readonly return_offsets_mapping?: boolean | undefined;
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
  /**
   * Further windows of a truncated text. The rest of the text is tokenized when this property is first read, also by copying
   * the encoding, so read it before the tokenizer is disposed of.
   */
  readonly overflowing: Encoding[];
};

type ReadEncodeOptions = Pick<EncodeOptions, "pair"> & Parameters<typeof resolveRowOptions>[0];

const readTexts = (value: unknown) => value as TextInput;
const ENCODE_RULES: OptionRules<ReadEncodeOptions> = { ...ROW_RULES, pair: { alias: ["text_pair"], read: readTexts } };
const readEncodeOptions = optionReader("encode()", ENCODE_RULES);

/** Options of {@link BertTokenizer.encode} with defaults. */
export type EncodeSettings = {
  readonly pair: TextInput | undefined;
  readonly row: RowSettings;
  readonly offsets: boolean;
};

/**
 * Copies and checks options, and fills in the defaults.
 *
 * @throws BertieError "options/…" if an option is invalid
 */
export function encodeSettings(given: EncodeOptions | undefined, defaults: TokenizerDefaults): EncodeSettings {
  const options = readEncodeOptions(given);
  return { pair: options.pair, row: resolveRowOptions(options, defaults, false), offsets: options.offsets ?? true };
}

/** Values and functions from which encodings are built. */
export type EncodingContext = {
  readonly settings: EncodeSettings;
  readonly format: RowFormat;
  /** Tokens by id. */
  readonly vocabulary: readonly string[];
  /** Prefix of tokens that continue a word. */
  readonly prefix: string;
  /** Returns the tokens of texts, as views that the next call invalidates. A text may have more tokens than `limit`. */
  readonly encode: (texts: readonly TextInput[], limit: number) => TextTokens[];
  /** Frees memory of the module after its views have been used. */
  readonly release: () => void;
};

/** Builds the encoding of a text or a pair of texts. */
export function buildEncoding(texts: readonly TextInput[], context: EncodingContext): Encoding {
  const { row } = context.settings;
  const layout = rowLayout(context.format, texts.length === 2 ? 2 : 1, row.addSpecialTokens);
  const limits = limitsOf(row, layout.specialTokens);
  const tokens = encodeForFirstRow(texts, limits, context);
  const lengths = tokens.map(({ ids }) => ids.length);
  const kept = keptLengths(lengths, limits);
  checkStride(lengths, kept, limits);
  const longest = kept.reduce((sum, count) => sum + count, layout.specialTokens);
  const target = paddedLength(longest, row);
  const shape = { layout, target };
  const encoding = assemble(withWordIds(tokens, context), firstRanges(lengths, kept, limits), shape, context);
  context.release();
  const isWhole = kept.every((count, text) => count === lengths[text]);
  return isWhole ? encoding : withOverflow(encoding, () => overflowOf(texts, limits, shape, context));
}

/** Tokenizes texts as far as the first row needs, and by one more token if there are more. */
function encodeForFirstRow(
  texts: readonly TextInput[],
  { maxTextTokens: limit, truncation, side }: Limits,
  { encode }: EncodingContext,
): readonly TextTokens[] {
  if (side === "left" || limit === Number.POSITIVE_INFINITY) return encode(texts, Number.POSITIVE_INFINITY);
  if (texts.length === 1 || truncation === "longestFirst") return encode(texts, limit + 1);
  const isFirst = truncation === "onlyFirst";
  const [view] = encode([texts[isFirst ? 1 : 0]!], limit + 1) as [TextTokens];
  const whole = { ...view, ids: view.ids.slice(), spans: view.spans.slice() };
  const available = limit - whole.ids.length;
  // The pair does not fit: tokenize all, so that the error states how long the texts are.
  if (available < 0) return encode(texts, Number.POSITIVE_INFINITY);
  const [truncated] = encode([texts[isFirst ? 0 : 1]!], available + 1) as [TextTokens];
  return isFirst ? [truncated, whole] : [whole, truncated];
}

/** Returns the rows after the first. */
function overflowOf(
  texts: readonly TextInput[],
  limits: Limits,
  shape: RowShape,
  context: EncodingContext,
): Encoding[] {
  const tokens = withWordIds(context.encode(texts, Number.POSITIVE_INFINITY), context);
  const lengths = tokens.map(({ ids }) => ids.length);
  const rows = furtherRanges(lengths, keptLengths(lengths, limits), limits, shape.layout);
  const windows = rows.map((ranges) => assemble(tokens, ranges, shape, context));
  context.release();
  return windows;
}

/** Returns the encoding with further windows, which are computed on first use. */
function withOverflow(encoding: Encoding, compute: () => Encoding[]): Encoding {
  const { ids, typeIds, attentionMask, specialTokensMask, tokens, offsets, wordIds } = encoding;
  let windows: Encoding[] | undefined;
  const result: Encoding = {
    ids,
    typeIds,
    attentionMask,
    specialTokensMask,
    tokens,
    offsets,
    wordIds,
    get overflowing() {
      windows ??= compute();
      return windows;
    },
  };
  const ranges = keptTexts(encoding);
  if (ranges !== undefined) keepTexts(result, ranges);
  return result;
}

/** Adds the index of each token's word, if offsets are requested. */
function withWordIds(texts: readonly TextTokens[], context: EncodingContext): readonly TextTokens[] {
  if (!context.settings.offsets) return texts;
  return texts.map((text) => (text.words === undefined ? { ...text, words: numberWords(text.ids, context) } : text));
}

/** Returns, for each token, the index of its word in its text. */
function numberWords(ids: Int32Array, { vocabulary, prefix }: EncodingContext): Int32Array {
  const wordIds = new Int32Array(ids.length);
  let word = -1;
  for (let index = 0; index < ids.length; index++) {
    if (!isContinuation(vocabulary[ids[index]!]!, prefix)) word++;
    wordIds[index] = word;
  }
  return wordIds;
}

/** Pieces of a row, and the number of tokens to pad to. */
type RowShape = { readonly layout: RowLayout; readonly target: number };

function assemble(
  texts: readonly TextTokens[],
  ranges: RowRanges,
  { layout, target }: RowShape,
  { settings, format, vocabulary }: EncodingContext,
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
  const push = (id: number, type: number, attention: number, isSpecial: number) => {
    encoding.ids.push(id);
    encoding.typeIds.push(type);
    encoding.attentionMask.push(attention);
    encoding.specialTokensMask.push(isSpecial);
    encoding.tokens.push(vocabulary[id]!);
    if (isSpecial === 0 || !settings.offsets) return;
    encoding.offsets.push([0, 0]);
    encoding.wordIds.push(null);
  };
  const length = ranges.reduce((sum, [from, to]) => sum + to - from, layout.specialTokens);
  const pad = () => {
    for (let count = length; count < target; count++) push(format.padId, format.padTypeId, 0, 1);
  };
  if (settings.row.paddingSide === "left") pad();
  const rowRanges: TokenRange[] = [];
  for (const piece of layout.pieces) {
    if ("id" in piece) {
      push(piece.id, piece.typeId, 1, 1);
      continue;
    }
    const [from, to] = ranges[piece.text]!;
    const { ids, spans, words } = texts[piece.text]!;
    rowRanges[piece.text] = [encoding.ids.length, encoding.ids.length + to - from];
    for (let index = from; index < to; index++) {
      push(ids[index]!, piece.typeId, 1, 0);
      if (words === undefined || !settings.offsets) continue;
      encoding.offsets.push([spans[2 * index]!, spans[2 * index + 1]!]);
      encoding.wordIds.push(words[index]!);
    }
  }
  if (settings.row.paddingSide === "right") pad();
  if (!layout.hasTextTypes) keepTexts(encoding, rowRanges);
  return encoding;
}
