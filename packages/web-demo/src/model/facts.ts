import { BertieError } from "@bertie/common";
import type { SplitExamples } from "@bertie/data";
import type { BertConfig } from "@bertie/model";
import { BertTokenizer } from "@bertie/tokenizer-wasm";
import { BUNDLED } from "../fine-tune/bundled-reviews.ts";

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
  /** Texts are truncated to this number of tokens. */
  readonly maxLength: number;
  /** The task whose data it was trained on; undefined for a table of one's own, and where it is not known. */
  readonly taskName: string | undefined;
  /** Whether it classifies pairs of texts; undefined where it is not known. */
  readonly pairs: boolean | undefined;
}

/** Returns the facts of a model after training on labelled texts. */
export function factsAfterTraining(
  { name, labels, train }: Pick<SplitExamples, "name" | "labels" | "train">,
  { config, vocab }: Pick<ModelFacts, "config" | "vocab">,
  maxLength: number,
): ModelFacts {
  return {
    ...{ name, config, labels, vocab, lowerCase: true, maxLength },
    taskName: name === BUNDLED ? "news" : undefined,
    pairs: train.some(({ textB }) => textB !== undefined),
  };
}

/** @throws BertieError "input/vocabulary-size", "vocabulary/…" */
export async function tokenizerOf({ name, vocab, lowerCase, config }: ModelFacts): Promise<BertTokenizer> {
  const tokenizer = await BertTokenizer.fromVocab(vocab, { lowercase: lowerCase });
  if (tokenizer.vocabSize <= config.vocabSize) return tokenizer;
  const text = `${name}: vocab.txt has ${tokenizer.vocabSize} tokens, but the model knows ${config.vocabSize}; give the vocabulary that belongs to the model`;
  throw new BertieError("input/vocabulary-size", text);
}
