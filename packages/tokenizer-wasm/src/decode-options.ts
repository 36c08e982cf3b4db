import type { DecodeOptions } from "./decode.ts";
import { type OptionRules, optionReader, readBoolean, readChoice } from "./read-options.ts";

/** Hugging Face's names of {@link DecodeOptions}, which are accepted as well. */
export type HuggingFaceDecodeOptions = {
  /** Same as `skipSpecialTokens`. */
  readonly skip_special_tokens?: DecodeOptions["skipSpecialTokens"];
  /** Same as `cleanUp`. */
  readonly clean_up_tokenization_spaces?: DecodeOptions["cleanUp"];
};

const DECODE_RULES: OptionRules<DecodeOptions> = {
  skipSpecialTokens: { alias: ["skip_special_tokens"], read: readBoolean },
  cleanUp: {
    alias: ["clean_up_tokenization_spaces"],
    read: readChoice<Exclude<DecodeOptions["cleanUp"], undefined>>(
      new Map<unknown, boolean | "tokenizers">([
        [true, true],
        [false, false],
        ["tokenizers", "tokenizers"],
      ]),
    ),
  },
};

/**
 * Copies and checks options.
 *
 * @throws BertieError "options/value" or "options/unknown"
 */
export const readDecodeOptions: (given: unknown) => Partial<DecodeOptions> = optionReader("decode()", DECODE_RULES);
