/** Options of {@link BertTokenizer.decode}. */
export type DecodeOptions = {
  /** Leave out `[UNK]`, `[CLS]`, `[SEP]`, `[PAD]` and `[MASK]`. Default false. */
  readonly skipSpecialTokens?: boolean | undefined;
  /** Take back blanks before punctuation and in English contractions. Default true. */
  readonly cleanUp?: boolean | undefined;
};

const CONTINUATION = "##";

/** Whether a token goes on with the word of the one before it. */
export function isContinuation(token: string): boolean {
  return token.length > CONTINUATION.length && token.startsWith(CONTINUATION);
}

/** Joins tokens to text: a blank between words, none inside them. Case, accents and blanks of the source are lost. */
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
