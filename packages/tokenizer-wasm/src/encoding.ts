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
import { keepTexts } from "./sequences.ts";
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
     * @default that of `defaults`, or false
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

/** What an encoding is built with. */
export type EncodingContext = {
  readonly settings: EncodeSettings;
  readonly format: RowFormat;
  readonly tokenOf: (id: number) => string;
  /** Returns the tokens of a text, of which there may be more than `limit`. */
  readonly encode: (text: TextInput, limit: number) => TextTokens;
};

/** Builds the encoding of a text or a pair of texts. */
export function buildEncoding(texts: readonly TextInput[], context: EncodingContext): Encoding {
  const { settings, format } = context;
  const layout = rowLayout(format, texts.length === 2 ? 2 : 1, settings.row.addSpecialTokens);
  const limits = limitsOf(settings.row, layout.specialTokens);
  const tokens = encodeForFirstRow(texts, limits, context);
  const lengths = tokens.map(({ ids }) => ids.length);
  const kept = keptLengths(lengths, limits);
  checkStride(lengths, kept, limits);
  const longest = kept.reduce((sum, count) => sum + count, layout.specialTokens);
  const target = paddedLength(longest, settings.row);
  const wordIds = tokens.map((text) => (settings.offsets ? wordsOf(text, context) : undefined));
  const row = (ranges: RowRanges) => assemble({ tokens, wordIds, ranges, layout, target }, context);
  const encoding = row(firstRanges(lengths, kept, limits));
  if (kept.every((count, text) => count === lengths[text])) return encoding;
  return withOverflow(encoding, () => {
    const whole = texts.map((text) => context.encode(text, Number.POSITIVE_INFINITY));
    const words = whole.map((text) => (settings.offsets ? wordsOf(text, context) : undefined));
    const wholeLengths = whole.map(({ ids }) => ids.length);
    return furtherRanges(wholeLengths, keptLengths(wholeLengths, limits), limits).map((ranges) =>
      assemble({ tokens: whole, wordIds: words, ranges, layout, target }, context),
    );
  });
}

/** Tokenizes texts as far as the first row needs, and by one more token if there are more. */
function encodeForFirstRow(
  texts: readonly TextInput[],
  { maxTextTokens: limit, truncation, side }: Limits,
  { encode }: EncodingContext,
): readonly TextTokens[] {
  const all = () => texts.map((text) => encode(text, Number.POSITIVE_INFINITY));
  if (side === "left" || limit === Number.POSITIVE_INFINITY) return all();
  const [first, second] = [texts[0]!, texts[1]];
  if (second === undefined) return [encode(first, limit + 1)];
  if (truncation === "longestFirst") return texts.map((text) => encode(text, limit + 1));
  const isFirst = truncation === "onlyFirst";
  const whole = encode(isFirst ? second : first, limit + 1);
  const available = limit - whole.ids.length;
  // The pair does not fit: tokenize all, so that the error states how long the texts are.
  if (available < 0) return all();
  const truncated = encode(isFirst ? first : second, available + 1);
  return isFirst ? [truncated, whole] : [whole, truncated];
}

/** Returns the encoding with further windows, which are computed on first use. */
function withOverflow(encoding: Encoding, compute: () => Encoding[]): Encoding {
  let windows: Encoding[] | undefined;
  Object.defineProperty(encoding, "overflowing", {
    enumerable: true,
    configurable: true,
    get: () => {
      windows ??= compute();
      return windows;
    },
  });
  return encoding;
}

/** Returns, for each token, the index of its word in its text. */
function wordsOf({ ids, words }: TextTokens, { tokenOf }: EncodingContext): Int32Array {
  if (words !== undefined) return words;
  const wordIds = new Int32Array(ids.length);
  let word = -1;
  for (let index = 0; index < ids.length; index++) {
    if (!isContinuation(tokenOf(ids[index]!))) word++;
    wordIds[index] = word;
  }
  return wordIds;
}

/** A row to assemble. */
type RowParts = {
  readonly tokens: readonly TextTokens[];
  /** Index of each token's word, for each text; undefined if offsets are not requested. */
  readonly wordIds: readonly (Int32Array | undefined)[];
  readonly ranges: RowRanges;
  readonly layout: RowLayout;
  /** Number of tokens to pad to. */
  readonly target: number;
};

function assemble({ tokens, wordIds, ranges, layout, target }: RowParts, context: EncodingContext): Encoding {
  const { settings, format, tokenOf } = context;
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
    encoding.tokens.push(tokenOf(id));
  };
  const pushSpecial = (id: number, type: number, attention: number) => {
    push(id, type, attention, 1);
    if (!settings.offsets) return;
    encoding.offsets.push([0, 0]);
    encoding.wordIds.push(null);
  };
  const length = ranges.reduce((sum, [from, to]) => sum + to - from, layout.specialTokens);
  const pad = () => {
    for (let count = length; count < target; count++) pushSpecial(format.padId, format.padTypeId, 0);
  };
  if (settings.row.paddingSide === "left") pad();
  const texts: TokenRange[] = [];
  for (const piece of layout.pieces) {
    if ("id" in piece) {
      pushSpecial(piece.id, piece.typeId, 1);
      continue;
    }
    const [from, to] = ranges[piece.text]!;
    const { ids, spans } = tokens[piece.text]!;
    const words = wordIds[piece.text];
    texts[piece.text] = [encoding.ids.length, encoding.ids.length + to - from];
    for (let index = from; index < to; index++) {
      push(ids[index]!, piece.typeId, 1, 0);
      if (words === undefined) continue;
      encoding.offsets.push([spans[2 * index]!, spans[2 * index + 1]!]);
      encoding.wordIds.push(words[index]!);
    }
  }
  if (settings.row.paddingSide === "right") pad();
  keepTexts(encoding, layout, texts);
  return encoding;
}
