import type { BertTokenizer, Encoding } from "@bertie/tokenizer-wasm";
import { openTokenizer, type TokenizerSettings } from "../files/vocabularies.ts";
import { serve } from "../workers/serve.ts";

/** Maximum number of tokens to show. Further tokens are only counted. */
const MAX_SHOWN = 2000;

export interface TextRequest {
  readonly text: string;
  readonly pair: string | undefined;
  readonly maxLength: number | undefined;
  readonly addSpecialTokens: boolean;
}

export type ShownEncoding = Pick<Encoding, "ids" | "tokens" | "typeIds" | "specialTokensMask" | "offsets">;

export interface TextAnswer {
  /** Encoding of the first 2,000 tokens. */
  readonly shown: ShownEncoding;
  /** Number of all tokens. */
  readonly tokens: number;
  /** Number of truncated tokens. */
  readonly truncated: number;
  /** Number of [UNK] tokens. */
  readonly unknown: number;
  readonly milliseconds: number;
}

export interface VocabularyAnswer {
  readonly size: number;
  readonly lowercase: boolean;
  readonly warnings: readonly string[];
}

let tokenizer: BertTokenizer | undefined;

const service = {
  async open(settings: TokenizerSettings): Promise<VocabularyAnswer> {
    tokenizer = await openTokenizer(settings);
    tokenizer.encode("a"); // keeps one-time setup out of the measured time
    return { size: tokenizer.vocabSize, lowercase: tokenizer.lowercase, warnings: tokenizer.warnings };
  },

  encode({ text, pair, maxLength, addSpecialTokens }: TextRequest): TextAnswer {
    if (tokenizer === undefined) throw new Error("the vocabulary is not loaded yet");
    const start = performance.now();
    // The page's settings apply instead of those in a tokenizer.json.
    const options = { pair, addSpecialTokens, padding: false } as const;
    const encoding = tokenizer.encode(text, { ...options, maxLength, truncation: maxLength !== undefined });
    const milliseconds = performance.now() - start;
    const untruncated =
      maxLength === undefined ? encoding : tokenizer.encode(text, { ...options, truncation: false, offsets: false });
    const { unkTokenId } = tokenizer;
    const first = <T>(items: readonly T[]) => items.slice(0, MAX_SHOWN);
    return {
      shown: {
        ids: first(encoding.ids),
        tokens: first(encoding.tokens),
        typeIds: first(encoding.typeIds),
        specialTokensMask: first(encoding.specialTokensMask),
        offsets: first(encoding.offsets),
      },
      tokens: encoding.ids.length,
      truncated: untruncated.ids.length - encoding.ids.length,
      unknown: encoding.ids.filter((id) => id === unkTokenId).length,
      milliseconds,
    };
  },
};

export type TokenizerService = typeof service;

serve(service);
