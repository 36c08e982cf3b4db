/** Options of {@link BertTokenizer.decode}. */
export type DecodeOptions = {
  /**
   * Whether to omit the special tokens: the tokens that the tokenizer adds to rows, the unknown token, `[PAD]`, `[MASK]`, and
   * added tokens that are special.
   *
   * @default false
   */
  readonly skipSpecialTokens?: boolean | undefined;
  /**
   * Way in which spaces before punctuation and inside English contractions are removed:
   * - `true` removes them from the text, as `clean_up_tokenization` of transformers does.
   * - `"tokenizers"` decodes as Hugging Face's tokenizers do, with the decoder of the `tokenizer.json`, or with their default
   *   decoder for a `vocab.txt`. It cleans token by token, and omits ids that are not in the vocabulary.
   * - `false` keeps all spaces.
   *
   * @default true
   */
  readonly cleanUp?: boolean | "tokenizers" | undefined;
};

/** Returns whether a token continues the word of the previous token. */
export function isContinuation(token: string, prefix: string): boolean {
  return token.length > prefix.length && token.startsWith(prefix);
}

/**
 * Joins tokens to text, with one space between words. The original case, accents and whitespace are not restored.
 *
 * @param prefix start of tokens that are joined to the previous one, without the prefix; undefined if there are none
 */
export function joinTokens(tokens: readonly string[], prefix: string | undefined, cleanUp = false): string {
  const parts = tokens.map((token, index) => {
    if (index === 0) return token;
    return prefix !== undefined && token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
  });
  return (cleanUp ? parts.map(cleanToken) : parts).join("");
}

/** Removes spaces before punctuation and inside English contractions, as transformers does. */
export function cleanText(text: string): string {
  return text
    .replace(/ ([.?!,])/g, "$1")
    .replace(/ ' /g, "'")
    .replace(/ (n't|'m|'s|'ve|'re)/g, "$1");
}

/** The replacements of the decoder of Hugging Face's tokenizers, in their order. */
const REPLACEMENTS: readonly (readonly [from: string, to: string])[] = [
  [" .", "."],
  [" ?", "?"],
  [" !", "!"],
  [" ,", ","],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" do not", " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

/** Cleans a token, together with the space before it. */
function cleanToken(token: string): string {
  return REPLACEMENTS.reduce((cleaned, [from, to]) => cleaned.replaceAll(from, to), token);
}
