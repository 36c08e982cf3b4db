import type { AddedToken } from "@bertie/common";

/** Settings of a WordPiece tokenizer that a vocab.txt cannot have. */
export type WordPieceSettings = {
  /** Token for words that do not match the vocabulary. */
  readonly unknownToken: string;
  /** Prefix of tokens that continue a word. If it is empty, every token may start or continue a word. */
  readonly continuationPrefix: string;
  /** Whether stripping accents also removes spacing and enclosing marks, as the normalizer StripAccents does. */
  readonly stripsAllMarks: boolean;
  /** Whether each punctuation character is a word. */
  readonly isolatesPunctuation: boolean;
  /** Whether symbols are separated from letters, as the regular expression `\w+|[^\w\s]+` does. */
  readonly splitsSymbols: boolean;
  /** Whether the offsets of added tokens exclude whitespace around them, as the post-processor of RoBERTa trims offsets. */
  readonly trimsOffsets: boolean;
};

/** The settings of BERT. */
export const BERT_WORD_PIECE: WordPieceSettings = {
  unknownToken: "[UNK]",
  continuationPrefix: "##",
  stripsAllMarks: false,
  isolatesPunctuation: true,
  splitsSymbols: false,
  trimsOffsets: false,
};

/**
 * Returns whether a token that starts with the prefix of continuations may also start a word, because words or added tokens may
 * contain the prefix.
 */
export function needsWordCore(settings: WordPieceSettings, addedTokens: readonly AddedToken[]): boolean {
  const { continuationPrefix: prefix, isolatesPunctuation } = settings;
  const isInNoWord = isolatesPunctuation && /[!-/:-@[-`{-~]/.test(prefix);
  return !isInNoWord || addedTokens.some(({ content }) => content.startsWith(prefix));
}
