import { BertieError } from "@bertie/common";
import type { ModelDirectory } from "@bertie/model";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";

/**
 * A model's tokenizer, made when it is first asked for: a run on features needs none.
 *
 * @throws BertieError "input/missing-file" without a vocabulary, "input/vocabulary-size" where it is not the model's
 */
export function createModelTokenizer({ vocab, files, config }: ModelDirectory, lowercase: boolean) {
  let tokenizer: BertTokenizer | undefined;
  return {
    async get(): Promise<BertTokenizer> {
      if (tokenizer !== undefined) return tokenizer;
      tokenizer = await createTokenizer(vocab, files.vocab, lowercase);
      if (tokenizer.vocabSize <= config.vocabSize) return tokenizer;
      const text = `${files.vocab}: has ${tokenizer.vocabSize} tokens, but the model (${files.config}) knows ${config.vocabSize}; give the vocabulary that belongs to the model`;
      throw new BertieError("input/vocabulary-size", text);
    },
    warnings: (): string[] => (tokenizer === undefined ? [] : tokenizerWarnings(tokenizer)),
  };
}

/**
 * A tokenizer from the contents of a vocab.txt.
 *
 * @throws BertieError "input/missing-file" without one, "vocabulary/…" for a broken one
 */
export async function createTokenizer(
  vocab: Uint8Array | undefined,
  fileName: string | undefined,
  lowercase: boolean,
): Promise<BertTokenizer> {
  if (vocab === undefined)
    throw new BertieError("input/missing-file", "no vocabulary is given: add --vocab-file vocab.txt, or --model DIR");
  const { BertTokenizer } = await import("@bertie/tokenizer-wasm");
  return BertTokenizer.fromVocab(vocab, { lowercase }).catch((error: unknown) => {
    throw error instanceof BertieError ? new BertieError(error.code, `${fileName}: ${error.message}`) : error;
  });
}

/** What is odd about a vocabulary, or about how it is used. */
export function tokenizerWarnings(tokenizer: BertTokenizer): string[] {
  return [...tokenizer.warnings, ...caseWarning(tokenizer)];
}

/** A lower-case vocabulary makes [UNK] of every capital letter, which is easily overlooked. */
function caseWarning(tokenizer: BertTokenizer): string[] {
  if (tokenizer.lowercase) return [];
  for (let id = 0; id < tokenizer.vocabSize; id++) {
    if (/^\p{Lu}$/u.test(tokenizer.idToToken(id) ?? "")) return [];
  }
  return ["the vocabulary has no capital letters, and the text is not lower-cased: is --do-lower-case missing?"];
}
