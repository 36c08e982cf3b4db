import type { TokenizerDefaults } from "./defaults.ts";
import { type OptionRules, optionReader } from "./read-options.ts";
import {
  type HuggingFaceRowOptions,
  type PaddingOption,
  ROW_RULES,
  type RowOptions,
  type RowSettings,
  resolveRowOptions,
} from "./row-options.ts";
import type { TextInput } from "./text-input.ts";

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
const readEncodeOptions = optionReader("encode()", ENCODE_RULES, true);

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
