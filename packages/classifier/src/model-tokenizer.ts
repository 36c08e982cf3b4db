import { BertieError } from "@bertie/common";
import type { ModelDirectory, TokenizerSettings } from "@bertie/model";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";

/** Tokenizer of a model, created on first use. */
export interface ModelTokenizer {
  /** Returns the tokenizer. The first call creates it. */
  get(): Promise<BertTokenizer>;
  /** Returns warnings about the vocabulary and its options. Empty before the first `get()`. */
  warnings(): string[];
}

/**
 * Prepares the tokenizer of a model. The tokenizer is created on demand, because a run on tokenized features needs none.
 *
 * `get()` throws BertieError "input/missing-file" if the model has no vocabulary, "input/vocabulary-size" if the
 * vocabulary has more tokens than the model, and "vocabulary/…" if the vocabulary is malformed.
 *
 * @param lowercase whether texts are lowercased
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { modelTokenizer } from "@bertie/classifier";
 * import { bertConfigFromJson } from "@bertie/model";
 *
 * const directory = "examples/models/bge-small-zh-v1.5";
 * const config = bertConfigFromJson(await readFile(`${directory}/config.json`, "utf8"), "config.json");
 * const files = { config: "config.json", vocab: "vocab.txt", weights: undefined };
 * const tokenizer = modelTokenizer({ vocab: await readFile(`${directory}/vocab.txt`), files, config }, true);
 * console.log((await tokenizer.get()).tokenize("很好")); // [ "很", "好" ]
 * ```
 */
export function modelTokenizer(
  {
    vocab,
    files,
    config,
    lowerCase,
    tokenizer: settings,
  }: Pick<ModelDirectory, "vocab" | "files" | "config" | "tokenizer"> & { readonly lowerCase?: boolean | undefined },
  lowercase: boolean,
): ModelTokenizer {
  let tokenizer: BertTokenizer | undefined;
  return {
    async get() {
      if (tokenizer !== undefined) return tokenizer;
      const created = await createTokenizer(vocab, files.vocab, lowercase, settings);
      if (created.vocabSize > config.vocabSize) {
        const text = `${files.vocab}: the vocabulary has ${created.vocabSize} tokens, expected at most ${config.vocabSize} (${files.config}). Use the vocabulary of the model.`;
        throw new BertieError("input/vocabulary-size", text);
      }
      tokenizer = created;
      return tokenizer;
    },
    warnings: () => (tokenizer === undefined ? [] : tokenizerWarnings(tokenizer, lowerCase)),
  };
}

/**
 * Creates a tokenizer from the contents of vocab.txt.
 *
 * @param fileName name of the vocabulary in messages
 * @param lowercase whether texts are lowercased
 * @param settings further settings of the tokenizer
 * @throws BertieError "input/missing-file" if `vocab` is undefined, "vocabulary/…" if the vocabulary is malformed
 *
 * @example
 * ```ts
 * import { createTokenizer } from "@bertie/classifier";
 *
 * const vocab = new TextEncoder().encode("[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\n");
 * const tokenizer = await createTokenizer(vocab, "vocab.txt", true);
 * console.log(tokenizer.tokenize("Hello")); // [ "hello" ]
 * ```
 */
export async function createTokenizer(
  vocab: Uint8Array | undefined,
  fileName: string | undefined,
  lowercase: boolean,
  { stripAccents, handleChineseChars, specialTokens, addedTokens }: TokenizerSettings = {},
): Promise<BertTokenizer> {
  if (vocab === undefined)
    throw new BertieError(
      "input/missing-file",
      "no vocabulary: set the vocabulary file (--vocab-file) or the model directory (--model).",
    );
  const { BertTokenizer } = await import("@bertie/tokenizer-wasm");
  const options = {
    lowercase,
    ...(stripAccents !== undefined && { stripAccents }),
    ...(handleChineseChars !== undefined && { handleChineseChars }),
    ...(specialTokens !== undefined && { specialTokens }),
  };
  return BertTokenizer.fromVocab(vocab, options, addedTokens).catch((error: unknown) => {
    throw error instanceof BertieError ? new BertieError(error.code, `${fileName}: ${error.message}`) : error;
  });
}

/**
 * Returns warnings about the vocabulary and the options of a tokenizer, one line per warning.
 *
 * @param modelLowercase whether the model's files say that texts are lowercased; undefined if they do not specify it
 *
 * @example
 * ```ts
 * import { createTokenizer, tokenizerWarnings } from "@bertie/classifier";
 *
 * const vocab = new TextEncoder().encode("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\n");
 * const tokenizer = await createTokenizer(vocab, "vocab.txt", false);
 * console.log(tokenizerWarnings(tokenizer).length); // 1: the vocabulary has no capital letters
 * ```
 */
export function tokenizerWarnings(tokenizer: BertTokenizer, modelLowercase?: boolean): string[] {
  const { lowercase } = tokenizer.options;
  const contradiction =
    modelLowercase === undefined || modelLowercase === lowercase
      ? []
      : [
          `texts are ${lowercase ? "" : "not "}lowercased, although the tokenizer files of the model require ${modelLowercase ? "" : "no "}lowercasing. Unless this is intended, ${lowercase ? "do not set" : "set"} lowercase (--do-lower-case).`,
        ];
  return [
    ...tokenizer.warnings,
    ...contradiction,
    ...(lowercase ? casedWarning(tokenizer) : uncasedWarning(tokenizer)),
  ];
}

/**
 * Returns a warning if a cased tokenizer has an uncased vocabulary, because words with capital letters then become
 * [UNK].
 */
function uncasedWarning(tokenizer: BertTokenizer): string[] {
  for (const token of tokens(tokenizer)) if (/^\p{Lu}$/u.test(token)) return [];
  return [
    "the vocabulary has no capital letters, but texts are not lowercased. Set lowercase (--do-lower-case) unless this is intended.",
  ];
}

/** Share of the tokens with letters that have capital letters in a cased vocabulary. In BERT's cased English, it is 30%. */
const CASED_SHARE = 0.02;

/** Returns a warning if an uncased tokenizer has a cased vocabulary, whose tokens with capital letters are never used. */
function casedWarning(tokenizer: BertTokenizer): string[] {
  let [withCapitals, withLetters] = [0, 0];
  for (const token of tokens(tokenizer)) {
    if (/^\[.*\]$/.test(token) || token.toUpperCase() === token.toLowerCase()) continue;
    withLetters++;
    if (token !== token.toLowerCase()) withCapitals++;
  }
  if (withCapitals <= withLetters * CASED_SHARE) return [];
  return [
    `the vocabulary is cased (${withCapitals} of ${withLetters} tokens with letters have capital letters), but texts are lowercased. Do not set lowercase (--do-lower-case) unless this is intended.`,
  ];
}

function* tokens(tokenizer: BertTokenizer): Generator<string> {
  for (let id = 0; id < tokenizer.vocabSize; id++) yield tokenizer.idToToken(id) ?? "";
}
