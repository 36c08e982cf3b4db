import { BertieError } from "@bertie/common";
import type {
  FileSource,
  ModelDirectory,
  NamedBytes,
  ReadModelDirectoryOptions,
  TokenizerSettings,
} from "@bertie/model";

/** Vocabulary of a model, and the settings of its tokenizer. */
export interface Vocabulary {
  /** Name of the file in messages. */
  readonly name: string;
  /** Contents as in vocab.txt. */
  readonly bytes: Uint8Array;
  /** Whether the model's files say that texts are lowercased; undefined if they do not specify it. */
  readonly lowerCase: boolean | undefined;
  readonly tokenizer: TokenizerSettings;
  /** Warnings about the tokenizer's files, one line each. */
  readonly warnings: readonly string[];
}

type TokenizerFiles = Pick<ModelDirectory, "tokenizerJson" | "lowerCase" | "tokenizer"> & {
  readonly vocab: NamedBytes | undefined;
};

/**
 * Reads a model directory as `readModelDirectory` of `@bertie/model` does. If the directory has no vocab.txt, the vocabulary
 * and its settings are read from tokenizer.json.
 *
 * @param source files of the directory
 * @param options single files to read instead
 * @throws BertieError "tokenizer/unsupported" if tokenizer.json describes a tokenizer that is not BERT's WordPiece, other
 *   "tokenizer/…" codes if it is malformed, and the errors of `readModelDirectory`
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { readModel } from "@bertie/classifier";
 *
 * const folder = "examples/models/bge-small-zh-v1.5";
 * const read = (path: string) => readFile(`${folder}/${path}`).catch(() => undefined);
 * const { files, config } = await readModel({ name: folder, read });
 * console.log(files.vocab, config.numHiddenLayers); // examples/models/bge-small-zh-v1.5/vocab.txt 4
 * ```
 */
export async function readModel(
  source: FileSource,
  options: ReadModelDirectoryOptions = {},
): Promise<ModelDirectory & Pick<Vocabulary, "warnings">> {
  const { readModelDirectory } = await import("@bertie/model");
  const directory = await readModelDirectory(source, options);
  const { vocab, files } = directory;
  const named = vocab === undefined || files.vocab === undefined ? undefined : { name: files.vocab, bytes: vocab };
  const vocabulary = await vocabularyOf({ ...directory, vocab: named });
  if (vocabulary === undefined) return { ...directory, warnings: [] };
  const { name, bytes, lowerCase, tokenizer, warnings } = vocabulary;
  return { ...directory, vocab: bytes, files: { ...files, vocab: name }, lowerCase, tokenizer, warnings };
}

/**
 * Returns the vocabulary of a model: vocab.txt, or the vocabulary of tokenizer.json if there is no vocab.txt.
 *
 * Settings of tokenizer_config.json take precedence over settings of tokenizer.json, as in transformers.
 *
 * @returns undefined if there is neither file
 * @throws BertieError "tokenizer/…" if the vocabulary has to be read from tokenizer.json, and the file is malformed or not
 *   supported
 *
 * @example
 * ```ts
 * import { vocabularyOf } from "@bertie/classifier";
 *
 * const vocab = { name: "vocab.txt", bytes: new TextEncoder().encode("[PAD]\n[UNK]\n[CLS]\n[SEP]\n") };
 * const vocabulary = await vocabularyOf({ vocab, lowerCase: true });
 * console.log(vocabulary?.name, vocabulary?.lowerCase); // vocab.txt true
 * ```
 */
export async function vocabularyOf(files: TokenizerFiles): Promise<Vocabulary | undefined> {
  const { vocab, tokenizerJson, lowerCase, tokenizer = {} } = files;
  if (vocab === undefined && tokenizerJson === undefined) return undefined;
  const json = tokenizerJson && (await readJson(tokenizerJson, vocab === undefined));
  const options = json?.options;
  const name = vocab?.name ?? tokenizerJson!.name;
  return {
    name,
    bytes: vocab?.bytes ?? new TextEncoder().encode(`${json!.tokens.join("\n")}\n`),
    lowerCase: lowerCase ?? options?.lowercase,
    tokenizer: {
      stripAccents: tokenizer.stripAccents ?? options?.stripAccents,
      handleChineseChars: tokenizer.handleChineseChars ?? options?.handleChineseChars,
    },
    warnings: tokenizerJson && json ? warningsAbout(tokenizerJson.name, json, lowerCase) : [],
  };
}

type TokenizerJson = Awaited<ReturnType<typeof parseJson>>;

/** Reads tokenizer.json. Returns undefined if the file is not needed for the vocabulary and cannot be read. */
async function readJson(file: NamedBytes, isNeeded: boolean): Promise<TokenizerJson | undefined> {
  try {
    return await parseJson(file);
  } catch (error) {
    if (!(error instanceof BertieError)) throw error;
    if (!isNeeded) return undefined;
    throw new BertieError(
      error.code,
      error.message.replace(/^tokenizer\.json/, () => file.name),
      { cause: error },
    );
  }
}

async function parseJson({ bytes }: NamedBytes) {
  const { readTokenizerJson } = await import("@bertie/tokenizer-wasm");
  const contents = readTokenizerJson(new TextDecoder().decode(bytes));
  const { cleanText, maxInputCharsPerWord } = contents.options;
  const unsupported = (setting: string, expected: string) => {
    const text = `tokenizer.json: ${setting}, which a model directory with vocab.txt cannot record; expected ${expected}. Use a model with BERT's tokenizer.`;
    return new BertieError("tokenizer/unsupported", text);
  };
  if (cleanText === false) throw unsupported('"normalizer.clean_text" is false', "true");
  if (maxInputCharsPerWord !== 100)
    throw unsupported(`"model.max_input_chars_per_word" is ${maxInputCharsPerWord}`, "100");
  return contents;
}

const SPECIAL_TOKENS: ReadonlySet<string> = new Set(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]);

function warningsAbout(
  fileName: string,
  { addedTokens, options }: TokenizerJson,
  configured: boolean | undefined,
): string[] {
  const warnings: string[] = [];
  if (configured !== undefined && options.lowercase !== undefined && configured !== options.lowercase) {
    warnings.push(
      `${fileName}: "normalizer.lowercase" is ${options.lowercase}, but "do_lower_case" of tokenizer_config.json is ${configured}, which is used. Correct the wrong file.`,
    );
  }
  const others = addedTokens.filter((token) => !SPECIAL_TOKENS.has(token) && !/^\[unused\d+\]$/.test(token));
  if (others.length > 0) {
    const shown = others.slice(0, 6).map((token) => JSON.stringify(token.slice(0, 40)));
    const list = others.length > 6 ? `${shown.join(", ")} and ${others.length - 6} more` : shown.join(", ");
    warnings.push(`${fileName}: the added tokens ${list} are split like other text. Avoid them in texts.`);
  }
  return warnings;
}
