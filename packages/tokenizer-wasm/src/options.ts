import { BertieError } from "@bertie/common";
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
};

/** Tokenizer options, including defaults. */
export type ResolvedOptions = Required<TokenizerOptions>;

/**
 * Fills in the default of each option that is missing or undefined.
 *
 * @throws BertieError "options/max-input-chars" or "options/special-tokens" if an option has an invalid value
 */
export function resolveOptions(
  options: { readonly [Key in keyof TokenizerOptions]: TokenizerOptions[Key] | undefined },
): ResolvedOptions {
  const lowercase = options.lowercase ?? true;
  const resolved = {
    lowercase,
    stripAccents: options.stripAccents ?? lowercase,
    cleanText: options.cleanText ?? true,
    handleChineseChars: options.handleChineseChars ?? true,
    maxInputCharsPerWord: options.maxInputCharsPerWord ?? 100,
    specialTokens: options.specialTokens ?? "classic",
  };
  const limit = resolved.maxInputCharsPerWord;
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000_000) {
    throw new BertieError(
      "options/max-input-chars",
      `maxInputCharsPerWord is ${limit}. Expected a whole number from 1 to 1000000.`,
    );
  }
  if (!(resolved.specialTokens in specialTokenRules)) {
    throw new BertieError(
      "options/special-tokens",
      `specialTokens is "${resolved.specialTokens}". Expected "classic", "none" or "everywhere".`,
    );
  }
  return resolved;
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
