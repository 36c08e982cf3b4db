/**
 * A token that is recognized in the text before the text is split into words, as in the `added_tokens` of a
 * `tokenizer.json`.
 */
export type AddedToken = {
  /** Id of the token. The vocabulary need not contain it. */
  readonly id: number;
  /** Text of the token. */
  readonly content: string;
  /** Whether the token is ignored next to a letter, a digit or an underscore. */
  readonly singleWord: boolean;
  /** Whether the token includes the whitespace before it. */
  readonly lstrip: boolean;
  /** Whether the token includes the whitespace after it. */
  readonly rstrip: boolean;
  /** Whether the token is looked for in the normalized text, so that case and accents may differ. */
  readonly normalized: boolean;
  /** Whether the token is a special token, such as `[SEP]`. */
  readonly special: boolean;
};
