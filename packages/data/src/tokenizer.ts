/** What this package asks of a tokenizer; `BertTokenizer` of `@bertie/tokenizer-wasm` is one. */
export interface WordPieceTokenizer {
  /**
   * Encodes texts and pairs as `[CLS] a [SEP]` and `[CLS] a [SEP] b [SEP]`. What is longer than `maxLength` tokens is cut:
   * the last token of a pair's longer text goes until the pair fits, of the second one when they are equal.
   */
  encodeBatch(
    texts: readonly (string | readonly [string, string])[],
    options: { maxLength: number; truncation: true; padding: "longest"; addSpecialTokens: true },
  ): EncodedTexts;
  idToToken(id: number): string | undefined;
}

export interface EncodedTexts {
  /** int32[n, length], row-major, padded at the end of rows. */
  readonly ids: Int32Array;
  /** int32[n, length]: 1 for the second text and its [SEP], else 0. */
  readonly typeIds: Int32Array;
  /** [n]: how many of a row's ids are no padding. */
  readonly lengths: ArrayLike<number>;
}
