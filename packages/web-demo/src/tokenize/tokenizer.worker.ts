import type { BertTokenizer, Encoding } from "@bertie/tokenizer-wasm";
import { openTokenizer, type TokenizerSettings } from "../files/vocabularies.ts";
import { serve } from "../workers/serve.ts";
import { type CopyFormat, copyOf, countCodePoints } from "./copies.ts";

/** Maximum number of tokens to show. Further tokens are only counted. */
const MAX_SHOWN = 2000;

/** One of the two tokenizers whose results are shown side by side. */
export type Side = "first" | "second";

export interface TextRequest {
  readonly side: Side;
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
  /** Number of code points of the text and its pair. */
  readonly characters: number;
  readonly milliseconds: number;
}

export interface VocabularyAnswer {
  readonly size: number;
  readonly lowercase: boolean;
  readonly warnings: readonly string[];
}

const tokenizers = new Map<Side, BertTokenizer>();

const service = {
  /** Opens a vocabulary. If it is not valid, the previous one stays. */
  async open({ side, ...settings }: TokenizerSettings & { readonly side: Side }): Promise<VocabularyAnswer> {
    const tokenizer = await openTokenizer(settings);
    tokenizer.encode("a"); // keeps one-time setup out of the measured time
    tokenizers.set(side, tokenizer);
    return { size: tokenizer.vocabSize, lowercase: tokenizer.lowercase, warnings: tokenizer.warnings };
  },

  encode(request: TextRequest): TextAnswer {
    const { text, pair, maxLength, addSpecialTokens, side } = request;
    const tokenizer = tokenizerOf(side);
    const start = performance.now();
    const encoding = encodingOf(request);
    const milliseconds = performance.now() - start;
    const options = { pair, addSpecialTokens, padding: false, truncation: false, offsets: false } as const;
    const untruncated = maxLength === undefined ? encoding : tokenizer.encode(text, options);
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
      characters: countCodePoints(text) + countCodePoints(pair ?? ""),
      milliseconds,
    };
  },

  /** Returns all tokens of a text in a format to copy. */
  copy({ format, ...request }: TextRequest & { readonly format: CopyFormat }): string {
    return copyOf({ ...request, encoding: encodingOf(request) }, format);
  },
};

export type TokenizerService = typeof service;

serve(service);

function encodingOf({ side, text, pair, maxLength, addSpecialTokens }: TextRequest): Encoding {
  // The page's settings apply instead of those in a tokenizer.json.
  const options = { pair, addSpecialTokens, padding: false } as const;
  return tokenizerOf(side).encode(text, { ...options, maxLength, truncation: maxLength !== undefined });
}

function tokenizerOf(side: Side): BertTokenizer {
  const tokenizer = tokenizers.get(side);
  if (tokenizer === undefined) throw new Error("the vocabulary is not loaded yet");
  return tokenizer;
}
