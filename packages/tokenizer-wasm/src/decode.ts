/** Options of {@link BertTokenizer.decode}. */
export type DecodeOptions = {
  /**
   * Whether to omit `[UNK]`, `[CLS]`, `[SEP]`, `[PAD]` and `[MASK]`.
   *
   * @default false
   */
  readonly skipSpecialTokens?: boolean | undefined;
  /**
   * Whether to remove spaces before punctuation and inside English contractions.
   *
   * @default true
   */
  readonly cleanUp?: boolean | undefined;
};

const CONTINUATION = "##";

/** Returns whether a token continues the word of the previous token. */
export function isContinuation(token: string): boolean {
  return token.length > CONTINUATION.length && token.startsWith(CONTINUATION);
}

/** Joins tokens to text, with one space between words. The original case, accents and whitespace are not restored. */
export function joinTokens(tokens: readonly string[], cleanUp: boolean): string {
  let text = "";
  tokens.forEach((token, index) => {
    if (index > 0 && token.startsWith(CONTINUATION)) text += token.slice(CONTINUATION.length);
    else text += index > 0 ? ` ${token}` : token;
  });
  return cleanUp
    ? text
        .replace(/ ([.?!,])/g, "$1")
        .replace(/ ' /g, "'")
        .replace(/ (n't|'m|'s|'ve|'re)/g, "$1")
    : text;
}
