/** Interface of the tokenizer that this package requires. `BertTokenizer` of `@bertie/tokenizer-wasm` implements it. */
export interface WordPieceTokenizer {
  /**
   * Encodes single texts as `[CLS] a [SEP]` and pairs as `[CLS] a [SEP] b [SEP]`, and truncates them to `maxLength` tokens. A
   * pair loses the last token of its longer text until it fits, or of its second text if both are equally long.
   */
  encodeBatch(
    texts: readonly (string | readonly [string, string])[],
    options: { maxLength: number; truncation: true; padding: "longest"; addSpecialTokens: true },
  ): EncodedTexts;
  idToToken(id: number): string | undefined;
}

/** Encoded texts, one row per text or pair. */
export interface EncodedTexts {
  /** int32 `[n, length]`, row-major, padded at the end of each row. */
  readonly ids: Int32Array;
  /** int32 `[n, length]`: 1 for the second text and its [SEP], 0 elsewhere. */
  readonly typeIds: Int32Array;
  /** `[n]`: number of tokens per row, without padding. */
  readonly lengths: ArrayLike<number>;
}
