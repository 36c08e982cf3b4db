import { BertieError, quote } from "@bertie/common";
import { type OptionRules, optionReader, readBoolean, readChoice, readCount } from "./read-options.ts";
import type { WordPieceSettings } from "./word-piece.ts";

/**
 * Options for splitting text into words, named as in the original BERT code (2018) and Hugging Face's BertNormalizer.
 */
export type TokenizerOptions = {
  /**
   * Whether to convert words to lower case (`do_lower_case`).
   *
   * @default true
   */
  readonly lowercase?: boolean;
  /**
   * Whether to decompose characters (NFD) and remove nonspacing marks, such as accents (`strip_accents`).
   *
   * @default the value of `lowercase`
   */
  readonly stripAccents?: boolean;
  /**
   * Whether to remove control characters and U+FFFD, and to treat every space separator as whitespace.
   *
   * @default true
   */
  readonly cleanText?: boolean;
  /**
   * Whether to treat every ideograph as a separate word (`tokenize_chinese_chars`).
   *
   * @default true
   */
  readonly handleChineseChars?: boolean;
  /**
   * Maximum number of characters per word, from 1 to 1,000,000. Longer words become `[UNK]`. The PyTorch port of 2018
   * uses 100, and Google's `tokenization.py` uses 200.
   *
   * @default 100
   */
  readonly maxInputCharsPerWord?: number;
  /**
   * Rule for recognizing special tokens, such as "[SEP]", in the text:
   * - `"classic"` recognizes them between whitespace or ideographs, as the original BERT code (2018) does.
   * - `"none"` recognizes no special tokens. Use it for untrusted text.
   * - `"everywhere"` recognizes them anywhere, as Hugging Face's tokenizers do.
   *
   * @default "classic"
   */
  readonly specialTokens?: "classic" | "none" | "everywhere";
  /**
   * Further words to keep whole, and not to lower-case, wherever special tokens are recognized (`never_split`). A word matches
   * only in this spelling. A word that is not in the vocabulary is split into its tokens.
   *
   * @default []
   */
  readonly neverSplit?: readonly string[];
};

/** Hugging Face's names of {@link TokenizerOptions}, which are accepted as well. */
export type HuggingFaceTokenizerOptions = {
  /** Same as `lowercase`. */
  readonly do_lower_case?: boolean | undefined;
  /** Same as `stripAccents`. */
  readonly strip_accents?: boolean | undefined;
  /** Same as `cleanText`. */
  readonly clean_text?: boolean | undefined;
  /** Same as `handleChineseChars`. */
  readonly handle_chinese_chars?: boolean | undefined;
  /** Same as `handleChineseChars`. */
  readonly tokenize_chinese_chars?: boolean | undefined;
  /** Same as `maxInputCharsPerWord`. */
  readonly max_input_chars_per_word?: number | undefined;
  /** Same as `neverSplit`. */
  readonly never_split?: readonly string[] | undefined;
};

/** Tokenizer options, including defaults. */
export type ResolvedOptions = Required<Omit<TokenizerOptions, "neverSplit">> & {
  /** Further words to keep whole, if there are any. */
  readonly neverSplit?: readonly string[];
};

const TOKENIZER_RULES: OptionRules<TokenizerOptions> = {
  lowercase: { alias: ["do_lower_case"], read: readBoolean },
  stripAccents: { alias: ["strip_accents"], read: readBoolean },
  cleanText: { alias: ["clean_text"], read: readBoolean },
  handleChineseChars: { alias: ["handle_chinese_chars", "tokenize_chinese_chars"], read: readBoolean },
  maxInputCharsPerWord: { alias: ["max_input_chars_per_word"], read: readWordLimit },
  specialTokens: {
    read: readChoice(
      new Map([
        ["classic", "classic"],
        ["none", "none"],
        ["everywhere", "everywhere"],
      ] as const),
      (text) => new BertieError("options/special-tokens", text),
    ),
  },
  neverSplit: { alias: ["never_split"], read: readWords },
};

/**
 * Copies and checks options. Options that are missing, undefined or null are left out.
 *
 * @throws BertieError "options/max-input-chars", "options/special-tokens", "options/value" if an option has an invalid value,
 * or "options/unknown"
 */
export const readTokenizerOptions: (given: unknown) => Partial<TokenizerOptions> = optionReader(
  "the tokenizer",
  TOKENIZER_RULES,
);

/**
 * Fills in the default of each option that is missing or undefined.
 *
 * @throws BertieError as {@link readTokenizerOptions}
 */
export function resolveOptions(
  given: {
    readonly [Key in keyof TokenizerOptions]: TokenizerOptions[Key] | undefined;
  },
): ResolvedOptions {
  const { neverSplit = [], ...options } = readTokenizerOptions(given);
  const lowercase = options.lowercase ?? true;
  if (options.handleChineseChars !== false) checkIdeographs(neverSplit);
  return {
    lowercase,
    stripAccents: options.stripAccents ?? lowercase,
    cleanText: options.cleanText ?? true,
    handleChineseChars: options.handleChineseChars ?? true,
    maxInputCharsPerWord: options.maxInputCharsPerWord ?? 100,
    specialTokens: options.specialTokens ?? "classic",
    ...(neverSplit.length > 0 && { neverSplit }),
  };
}

const IDEOGRAPH = /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/u;

function checkIdeographs(neverSplit: readonly string[]): void {
  const word = neverSplit.find((word) => IDEOGRAPH.test(word));
  if (word === undefined) return;
  throw new BertieError(
    "options/value",
    `neverSplit contains ${quote(word)}, but ideographs are separate words. Pass an added token instead, or set handleChineseChars to false.`,
  );
}

const MAX_WORD_CHARS = 1_000_000;

function readWordLimit(value: unknown, name: string): number {
  const error = (text: string) => new BertieError("options/max-input-chars", text);
  const limit = readCount(1, error)(value, name);
  if (limit <= MAX_WORD_CHARS) return limit;
  throw error(`${name} is ${limit}. Expected a whole number from 1 to ${MAX_WORD_CHARS}.`);
}

function readWords(value: unknown, name: string): readonly string[] {
  const words: unknown[] = Array.isArray(value) ? [...value] : [undefined];
  if (words.every((word) => typeof word === "string" && word !== "" && !/\s/.test(word))) return words as string[];
  throw new BertieError("options/value", `${name} is invalid. Expected an array of words without whitespace.`);
}

const specialTokenRules = { classic: 0, none: 1, everywhere: 2 };

/** Packs the options into the bits of one number, which the WebAssembly module unpacks. */
export function packOptions(options: ResolvedOptions, settings: WordPieceSettings): number {
  return (
    Number(options.lowercase) |
    (Number(options.stripAccents) << 1) |
    (Number(options.cleanText) << 2) |
    (Number(options.handleChineseChars) << 3) |
    (specialTokenRules[options.specialTokens] << 4) |
    (Number(settings.stripsAllMarks) << 6) |
    (Number(!settings.isolatesPunctuation) << 7) |
    (Number(settings.splitsSymbols) << 8)
  );
}
