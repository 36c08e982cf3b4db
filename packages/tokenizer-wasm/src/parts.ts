import type { AddedToken } from "@bertie/common";
import type { VocabularyText } from "./core-source.ts";
import type { TokenizerDefaults } from "./defaults.ts";
import type { ResolvedOptions } from "./options.ts";
import type { NamedTemplate, SpecialTokenNames } from "./template.ts";

/** Everything that a tokenizer is created from. */
export type TokenizerParts = {
  readonly vocabulary: VocabularyText;
  readonly addedTokens: readonly AddedToken[];
  readonly options: ResolvedOptions;
  readonly warnings?: readonly string[];
  /** Texts of the tokens with a special meaning (default: BERT's). */
  readonly names?: SpecialTokenNames;
  /** Rows (default: BERT's). */
  readonly template?: NamedTemplate;
  readonly defaults?: TokenizerDefaults;
};
