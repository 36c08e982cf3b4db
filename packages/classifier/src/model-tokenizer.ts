import { BertieError } from "@bertie/common";
import type { ModelDirectory } from "@bertie/model";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";

/** A model's tokenizer, created when it is first asked for. */
export interface ModelTokenizer {
  get(): Promise<BertTokenizer>;
  /** Warnings about the vocabulary or its use; empty before the first `get()`. */
  warnings(): string[];
}

/**
 * Prepares the tokenizer of a model; it is created on demand, as a run on features needs none.
 *
 * @throws BertieError (from `get()`) "input/missing-file" without a vocabulary, "input/vocabulary-size" where it has more
 *   tokens than the model, "vocabulary/…" where it is broken
 */
export function modelTokenizer(
  { vocab, files, config }: Pick<ModelDirectory, "vocab" | "files" | "config">,
  lowercase: boolean,
): ModelTokenizer {
  let tokenizer: BertTokenizer | undefined;
  return {
    async get() {
      if (tokenizer !== undefined) return tokenizer;
      const created = await createTokenizer(vocab, files.vocab, lowercase);
      if (created.vocabSize > config.vocabSize) {
        const text = `${files.vocab}: has ${created.vocabSize} tokens, but the model (${files.config}) knows ${config.vocabSize}; use the vocabulary that belongs to the model`;
        throw new BertieError("input/vocabulary-size", text);
      }
      tokenizer = created;
      return tokenizer;
    },
    warnings: () => (tokenizer === undefined ? [] : tokenizerWarnings(tokenizer)),
  };
}

/**
 * Creates a tokenizer from the contents of a vocab.txt.
 *
 * @param fileName for messages
 * @throws BertieError "input/missing-file" without contents, "vocabulary/…" where they are broken
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

/** Returns warnings about a vocabulary or its use. */
export function tokenizerWarnings(tokenizer: BertTokenizer): string[] {
  return [...tokenizer.warnings, ...caseWarning(tokenizer)];
}

/** With a lower-case vocabulary, words with capital letters become [UNK], which is easily overlooked. */
function caseWarning(tokenizer: BertTokenizer): string[] {
  if (tokenizer.lowercase) return [];
  for (let id = 0; id < tokenizer.vocabSize; id++) {
    if (/^\p{Lu}$/u.test(tokenizer.idToToken(id) ?? "")) return [];
  }
  return ["the vocabulary has no capital letters, and the text is not lower-cased: is --do-lower-case missing?"];
}
