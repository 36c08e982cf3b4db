import { BertieError } from "@bertie/common";
import type { BertConfig } from "@bertie/model";
import { BertTokenizer } from "@bertie/tokenizer-wasm";

/** What a classifier is, without its weights. */
export interface ModelFacts {
  /** What people call it. */
  readonly name: string;
  readonly config: BertConfig;
  /** In the order of their ids. */
  readonly labels: readonly string[];
  /** The bytes of its vocab.txt. */
  readonly vocab: Uint8Array;
  readonly lowerCase: boolean;
  /** Texts are cut to so many tokens. */
  readonly maxLength: number;
}

/** @throws BertieError "input/vocabulary-size", "vocabulary/…" */
export async function tokenizerOf({ name, vocab, lowerCase, config }: ModelFacts): Promise<BertTokenizer> {
  const tokenizer = await BertTokenizer.fromVocab(vocab, { lowercase: lowerCase });
  if (tokenizer.vocabSize <= config.vocabSize) return tokenizer;
  const text = `${name}: vocab.txt has ${tokenizer.vocabSize} tokens, but the model knows ${config.vocabSize}; give the vocabulary that belongs to the model`;
  throw new BertieError("input/vocabulary-size", text);
}
