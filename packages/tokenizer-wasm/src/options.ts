import { BertieError } from "@bertie/common";

/** How text becomes words. The names are those of the 2018 script and of Hugging Face's BertNormalizer. */
export type TokenizerOptions = {
  /** Lower-case words (`do_lower_case`). Default true. */
  readonly lowercase?: boolean;
  /** Decompose characters and drop their accents. Default: as `lowercase`. */
  readonly stripAccents?: boolean;
  /** Drop control characters and U+FFFD, and take every space separator for a blank. Default true. */
  readonly cleanText?: boolean;
  /** Let every ideograph be a word by itself (`tokenize_chinese_chars`). Default true. */
  readonly handleChineseChars?: boolean;
  /** A word of more characters is `[UNK]`. Default 100, as in the 2018 PyTorch port; Google's file had 200. */
  readonly maxInputCharsPerWord?: number;
  /**
   * When a special token written in the text is one:
   * - `"classic"` (default): if it is all there is between blanks or ideographs, as in the 2018 script;
   * - `"none"`: never. For text that is not trusted;
   * - `"everywhere"`: wherever it stands, as in Hugging Face's tokenizers.
   */
  readonly specialTokens?: "classic" | "none" | "everywhere";
};

/** All options, filled in. */
export type ResolvedOptions = Required<TokenizerOptions>;

/** Fills in the defaults. Options given as `undefined` count as not given. */
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
      `maxInputCharsPerWord is ${limit}: give a whole number from 1 to 1000000`,
    );
  }
  if (!(resolved.specialTokens in specialTokenRules)) {
    throw new BertieError(
      "options/special-tokens",
      `specialTokens is "${resolved.specialTokens}": give "classic", "none" or "everywhere"`,
    );
  }
  return resolved;
}

const specialTokenRules = { classic: 0, none: 1, everywhere: 2 };

/** The options in the bits of one number, as the WebAssembly module takes them. */
export function packOptions(options: ResolvedOptions): number {
  return (
    Number(options.lowercase) |
    (Number(options.stripAccents) << 1) |
    (Number(options.cleanText) << 2) |
    (Number(options.handleChineseChars) << 3) |
    (specialTokenRules[options.specialTokens] << 4)
  );
}
