import type { BertTokenizer, Encoding } from "@bertie/tokenizer-wasm";
import { openTokenizer, type TokenizerSettings } from "../files/vocabularies.ts";
import { serve } from "../workers/serve.ts";

/** More tokens than this are counted, but not shown. */
const MOST_SHOWN = 2000;

export interface TextRequest {
  readonly text: string;
  readonly pair: string | undefined;
  readonly maxLength: number | undefined;
  readonly addSpecialTokens: boolean;
}

export type ShownEncoding = Pick<Encoding, "ids" | "tokens" | "typeIds" | "specialTokensMask" | "offsets">;

export interface TextAnswer {
  /** The first 2,000 tokens. */
  readonly shown: ShownEncoding;
  readonly tokens: number;
  /** Tokens that were cut off. */
  readonly cut: number;
  /** Tokens that are [UNK]. */
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
    tokenizer.encode("a"); // what is made with the first text need not count as its time
    return { size: tokenizer.vocabSize, lowercase: tokenizer.lowercase, warnings: tokenizer.warnings };
  },

  encode({ text, pair, maxLength, addSpecialTokens }: TextRequest): TextAnswer {
    if (tokenizer === undefined) throw new Error("there is no vocabulary yet");
    const start = performance.now();
    const encoding = tokenizer.encode(text, { pair, maxLength, addSpecialTokens });
    const milliseconds = performance.now() - start;
    const whole =
      maxLength === undefined ? encoding : tokenizer.encode(text, { pair, addSpecialTokens, offsets: false });
    const { unkTokenId } = tokenizer;
    const first = <T>(items: readonly T[]) => items.slice(0, MOST_SHOWN);
    return {
      shown: {
        ids: first(encoding.ids),
        tokens: first(encoding.tokens),
        typeIds: first(encoding.typeIds),
        specialTokensMask: first(encoding.specialTokensMask),
        offsets: first(encoding.offsets),
      },
      tokens: encoding.ids.length,
      cut: whole.ids.length - encoding.ids.length,
      unknown: encoding.ids.filter((id) => id === unkTokenId).length,
      milliseconds,
    };
  },
};

export type TokenizerService = typeof service;

serve(service);
