import { BertieError } from "./error.ts";
import { type FileSource, filePath, type NamedBytes, type SingleFile } from "./file-source.ts";
import { jsonSettings } from "./json-settings.ts";
import { readTokenizerConfig, type TokenizerConfig } from "./tokenizer-config.ts";

/** Files of a tokenizer in a model directory. */
export interface TokenizerFiles {
  /** vocab.txt; undefined if the file does not exist. */
  readonly vocab: NamedBytes | undefined;
  /** tokenizer.json; undefined if the file does not exist or the vocabulary is a single file. */
  readonly tokenizerJson?: NamedBytes | undefined;
  /** Whether the tokenizer lower-cases text; undefined if the files do not specify it. */
  readonly lowerCase: boolean | undefined;
  /** Further settings of the tokenizer. @default as in BERT */
  readonly tokenizer?: TokenizerConfig["tokenizer"];
  /** Settings of the tokenizer in its files, without tokenizer.json. @default none */
  readonly tokenizerConfig?: TokenizerConfig;
  /** Whether the directory is in the layout of transformers, whose defaults then apply. @default false */
  readonly isTransformers?: boolean;
}

/** What is already known of a model directory. */
export interface KnownModel {
  /** Class of the tokenizer according to config.json. */
  readonly tokenizerClass: string | undefined;
  /** Whether the directory is in the layout of transformers. */
  readonly isTransformers: boolean;
  /** Vocabulary to read instead of the directory's. */
  readonly vocab?: SingleFile | undefined;
}

/**
 * Reads the tokenizer's files of a model directory: vocab.txt, tokenizer_config.json, special_tokens_map.json and
 * added_tokens.json unless the previous file lists the added tokens, and tokenizer.json. If the directory cannot be listed, as
 * on the web, tokenizer.json is read only if the other files leave something open.
 *
 * @param known what is known of the model @default read from config.json
 * @throws BertieError "input/invalid-json" if config.json is not a JSON object, and the errors of {@link readTokenizerConfig}
 *
 * @example
 * ```ts
 * import { readTokenizerFiles } from "@bertie/common";
 *
 * const vocab = new TextEncoder().encode("[PAD]\n[UNK]\n[CLS]\n[SEP]\n");
 * const source = { name: "run", read: async (path: string) => (path === "vocab.txt" ? vocab : undefined) };
 * console.log((await readTokenizerFiles(source)).vocab?.name); // run/vocab.txt
 * ```
 */
export async function readTokenizerFiles(source: FileSource, known?: KnownModel): Promise<TokenizerFiles> {
  const { tokenizerClass, isTransformers, vocab: single } = known ?? (await readModelFacts(source));
  const vocab = single ? { name: single.name, bytes: await single.read() } : await readFile(source, "vocab.txt");
  const tokenizerConfig = await readTokenizerConfig(source, tokenizerClass);
  const { lowerCase, tokenizer } = tokenizerConfig;
  const isRead = single === undefined && (await mayNeedTokenizerJson(source, vocab, tokenizerConfig));
  const tokenizerJson = isRead ? await readFile(source, "tokenizer.json") : undefined;
  return { vocab, tokenizerJson, lowerCase, tokenizer, tokenizerConfig, isTransformers };
}

async function readModelFacts(source: FileSource): Promise<KnownModel> {
  const file = "config.json";
  const bytes = await source.read(file);
  if (bytes === undefined) return { tokenizerClass: undefined, isTransformers: false };
  try {
    const { tokenizer_class: tokenizerClass } = jsonSettings(bytes);
    return { tokenizerClass: typeof tokenizerClass === "string" ? tokenizerClass : undefined, isTransformers: true };
  } catch (cause) {
    const text = `${filePath(source, file)}: expected a JSON object. Check that the file is complete.`;
    throw new BertieError("input/invalid-json", text, { cause });
  }
}

/**
 * Returns whether tokenizer.json exists, or could change the tokenizer if the directory cannot be listed. A missing file on the
 * web is an error in the browser's console.
 */
async function mayNeedTokenizerJson(
  source: FileSource,
  vocab: NamedBytes | undefined,
  { lowerCase, followsTokenizerJson, listsAddedTokens }: TokenizerConfig,
): Promise<boolean> {
  const contents = await source.list?.("");
  if (contents !== undefined) return contents.includes("tokenizer.json");
  return vocab === undefined || lowerCase === undefined || followsTokenizerJson === true || !listsAddedTokens;
}

async function readFile(source: FileSource, file: string): Promise<NamedBytes | undefined> {
  const bytes = await source.read(file);
  return bytes && { name: filePath(source, file), bytes };
}
