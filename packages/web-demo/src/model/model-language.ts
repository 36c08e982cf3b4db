import type { BertTokenizer } from "@bertie/tokenizer-wasm";
import { scriptOf } from "../page/text-language.ts";
import type { EncoderLanguage } from "./encoders.ts";

/** Sizes of the vocabularies of BERT for English, with and without upper-case letters. */
const ENGLISH = [30_522, 28_996];
/** Smallest fraction of tokens in Chinese characters of a Chinese vocabulary, and largest fraction of tokens in kana. */
const HAN_TOKENS = 0.2;
const KANA_TOKENS = 0.05;

/** Returns the language of a model as far as its vocabulary shows it: multilingual models have none. */
export function languageOfVocabulary(
  tokenizer: Pick<BertTokenizer, "idToToken" | "vocabSize">,
): EncoderLanguage | undefined {
  const { vocabSize } = tokenizer;
  const counts = { han: 0, latin: 0, kana: 0, other: 0 };
  for (let id = 0; id < vocabSize; id++) {
    const script = scriptOf(tokenizer.idToToken(id) ?? "");
    if (script !== undefined) counts[script]++;
  }
  if (counts.han > HAN_TOKENS * vocabSize && counts.kana < KANA_TOKENS * vocabSize) return "zh";
  return ENGLISH.includes(vocabSize) && counts.latin > vocabSize / 2 ? "en" : undefined;
}

/** Returns the fraction of the words of a text that are not in the vocabulary of the model. */
export function unknownFraction(tokenizer: BertTokenizer, text: string): number {
  const { ids, specialTokensMask } = tokenizer.encode(text);
  const tokens = ids.filter((_, i) => specialTokensMask[i] === 0);
  return tokens.length === 0 ? 0 : tokens.filter((id) => id === tokenizer.unkTokenId).length / tokens.length;
}
