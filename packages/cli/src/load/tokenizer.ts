import { BertieError } from "@bertie/common";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";
import type { ModelSource } from "./model.ts";

/**
 * A model's tokenizer, made when it is first asked for: a run on features needs none.
 *
 * @throws BertieError "input/missing-file" without a vocabulary, "input/vocabulary-size" where it is not the model's
 */
export function createTokenizer({ vocab, files, config }: ModelSource, lowercase: boolean) {
  let tokenizer: BertTokenizer | undefined;
  return {
    async get(): Promise<BertTokenizer> {
      if (tokenizer !== undefined) return tokenizer;
      if (vocab === undefined)
        throw new BertieError(
          "input/missing-file",
          "no vocabulary is given: add --vocab-file vocab.txt, or --model DIR",
        );
      const { BertTokenizer } = await import("@bertie/tokenizer-wasm");
      tokenizer = await BertTokenizer.fromVocab(vocab, { lowercase }).catch((error: unknown) => {
        throw error instanceof BertieError ? new BertieError(error.code, `${files.vocab}: ${error.message}`) : error;
      });
      if (tokenizer.vocabSize <= config.vocabSize) return tokenizer;
      const text = `${files.vocab}: has ${tokenizer.vocabSize} tokens, but the model (${files.config}) knows ${config.vocabSize}: give the vocabulary that belongs to the model`;
      throw new BertieError("input/vocabulary-size", text);
    },
    warnings: (): readonly string[] =>
      tokenizer === undefined ? [] : [...tokenizer.warnings, ...caseWarning(tokenizer)],
  };
}

/** A lower-case vocabulary makes [UNK] of every capital letter, which is easily overlooked. */
function caseWarning(tokenizer: BertTokenizer): string[] {
  if (tokenizer.lowercase) return [];
  for (let id = 0; id < tokenizer.vocabSize; id++) {
    const token = tokenizer.idToToken(id) ?? "";
    if (/^\p{Lu}$/u.test(token)) return [];
  }
  return ["the vocabulary has no capital letters, and the text is not lower-cased: is --do-lower-case missing?"];
}
