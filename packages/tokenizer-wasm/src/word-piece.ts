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

/** Returns whether a word never contains the prefix of continuations, so that the prefix alone tells continuations. */
export function isPrefixUnambiguous({ continuationPrefix, isolatesPunctuation }: WordPieceSettings): boolean {
  return isolatesPunctuation && /[!-/:-@[-`{-~]/.test(continuationPrefix);
}
