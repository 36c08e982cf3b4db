import type { Truncation } from "./truncation.ts";

/** Truncation and padding of a `tokenizer.json`, which apply to calls that do not set the option. */
export type TokenizerDefaults = {
  /** Maximum number of tokens per row, including special tokens. */
  readonly maxLength?: number;
  /** Text to truncate. */
  readonly truncation?: Truncation;
  /** Side from which tokens are removed. */
  readonly truncationSide?: "left" | "right";
  /** Number of tokens that consecutive windows share. */
  readonly stride?: number;
  /** Padding to the longest row, or to a number of tokens. */
  readonly padding?: "longest" | number;
  /** Side on which padding is added. */
  readonly paddingSide?: "left" | "right";
  /** The length of padded rows is rounded up to a multiple of this number. */
  readonly padToMultipleOf?: number;
  /** Id of padding, if it is not the id of the padding token. */
  readonly padTokenId?: number;
  /** Token type id of padding, if it is not 0. */
  readonly padTypeId?: number;
};
