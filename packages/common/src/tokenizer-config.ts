import type { AddedToken } from "./added-token.ts";
import { BertieError } from "./error.ts";
import { type FileSource, filePath } from "./file-source.ts";
import { jsonSettings } from "./json-settings.ts";
import { quote } from "./quote.ts";

/** Settings of a tokenizer besides the lower case. A setting is undefined if the files do not specify it. */
export interface TokenizerSettings {
  /** Whether accents are removed (`strip_accents`). @default the same as the lower case */
  readonly stripAccents?: boolean | undefined;
  /** Whether each Chinese character is a word (`tokenize_chinese_chars`). @default true */
  readonly handleChineseChars?: boolean | undefined;
  /**
   * Rule for special tokens in the text: "everywhere" as in transformers, "classic" as in the BERT code of 2018, or "none".
   *
   * @default "classic"
   */
  readonly specialTokens?: "classic" | "none" | "everywhere" | undefined;
  /** Tokens that are recognized before the text is split into words. @default none */
  readonly addedTokens?: readonly AddedToken[] | undefined;
}

/** Settings of a tokenizer in tokenizer_config.json, special_tokens_map.json and added_tokens.json. */
export interface TokenizerConfig {
  /** Whether the tokenizer lower-cases text; undefined if the files do not specify it. */
  readonly lowerCase: boolean | undefined;
  readonly tokenizer: TokenizerSettings;
  /** Maximum number of tokens per text (`model_max_length`); undefined if the files do not specify it. */
  readonly maxLength?: number;
  /** Whether the settings of tokenizer.json apply instead, because `tokenizer_class` is the class for any such file. */
  readonly followsTokenizerJson?: boolean;
  /** Whether `addedTokens` are all added tokens, so that further ones in tokenizer.json are not used. */
  readonly listsAddedTokens?: boolean;
  /** Texts of special tokens that the files name. Their ids are in the vocabulary, or follow it. */
  readonly specialTokens?: readonly string[];
}

/** Classes of transformers that are BERT's tokenizer, without the suffix "Fast". */
const BERT_CLASSES = ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "ErnieTokenizer"];
/** Classes of transformers that read any tokenizer.json and ignore all other settings. */
const GENERIC_CLASSES = ["TokenizersBackend", "PreTrainedTokenizer", "PreTrainedTokenizerBase"];
/** Tokens that Bertie adds to each text, by their names in transformers. */
const FIXED_TOKENS: Readonly<Record<string, string>> = { cls_token: "[CLS]", sep_token: "[SEP]", unk_token: "[UNK]" };
/** Settings that change ids in some version of transformers, and their only supported values. */
const FIXED_SETTINGS: Readonly<Record<string, unknown>> = {
  do_basic_tokenize: true,
  clean_text: true,
  wordpieces_prefix: "##",
  truncation_side: "right",
};
const SPECIAL_TOKENS: ReadonlySet<unknown> = new Set(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]);
/** Keys of tokenizer_config.json whose arrays and objects are read. */
const NESTED = ["added_tokens_decoder", "additional_special_tokens", "extra_special_tokens", "never_split", "auto_map"];
const MAX_ADDED_TOKENS = 10_000;

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the tokenizer's settings of a model directory as transformers 5 does: from tokenizer_config.json and, if that file
 * lists no added tokens, from special_tokens_map.json and added_tokens.json.
 *
 * @param tokenizerClass class of the tokenizer according to config.json
 * @throws BertieError "tokenizer/unsupported" if the tokenizer is of another class or has settings that Bertie cannot honour,
 *   "tokenizer/invalid-config" or "input/invalid-json" if a file is malformed
 *
 * @example
 * ```ts
 * import { readTokenizerConfig } from "@bertie/common";
 *
 * const json = new TextEncoder().encode('{"do_lower_case": false, "model_max_length": 512}');
 * const source = { name: "model", read: async (path: string) => (path === "tokenizer_config.json" ? json : undefined) };
 * const { lowerCase, maxLength } = await readTokenizerConfig(source);
 * console.log(lowerCase, maxLength); // false 512
 * ```
 */
export async function readTokenizerConfig(source: FileSource, tokenizerClass?: unknown): Promise<TokenizerConfig> {
  const file = "tokenizer_config.json";
  const name = filePath(source, file);
  const tokenKeys = ["pad_token", "cls_token", "sep_token", "unk_token", "mask_token", "bos_token", "eos_token"];
  const config = await readJson(source, file, [...NESTED, ...tokenKeys]);
  const followsTokenizerJson = checkClass(config.tokenizer_class ?? tokenizerClass, name);
  checkSettings(config, name);
  const decoder = config.added_tokens_decoder;
  const listsAddedTokens = isObject(decoder);
  const map = listsAddedTokens ? {} : await readJson(source, "special_tokens_map.json", [...NESTED, ...tokenKeys]);
  checkSpecialTokens(config, name);
  checkSpecialTokens(map, filePath(source, "special_tokens_map.json"));
  const named = [...namedTokens(config), ...namedTokens(map)];
  const specialTokens = [...new Set(named.map(textOf).filter((token) => token !== undefined))];
  const added = listsAddedTokens
    ? Object.entries(decoder).map(([id, token]) => addedToken(Number(id), token, name))
    : await readAddedTokens(source, named, new Set(specialTokens));
  const flag = (key: string) => flagOf(config, key, name);
  const splits = flag("split_special_tokens") === true;
  const maxLength = config.model_max_length;
  return {
    lowerCase: flag("do_lower_case"),
    tokenizer: {
      stripAccents: flag("strip_accents"),
      handleChineseChars: flag("tokenize_chinese_chars"),
      ...(splits && { specialTokens: "none" }),
      ...(config.special_tokens_in_text === "classic" && { specialTokens: "classic" }),
      ...(added.length > 0 && { addedTokens: added }),
    },
    ...(typeof maxLength === "number" && Number.isInteger(maxLength) && maxLength > 2 && { maxLength }),
    ...(followsTokenizerJson && { followsTokenizerJson }),
    ...(listsAddedTokens && { listsAddedTokens }),
    ...(specialTokens.length > 0 && { specialTokens }),
  };
}

/** Returns whether the class reads any tokenizer.json. */
function checkClass(value: unknown, name: string): boolean {
  if (value === undefined || value === null) return false;
  const plain = typeof value === "string" ? value.replace(/Fast$/, "") : value;
  if (GENERIC_CLASSES.some((known) => known === plain)) return true;
  if (BERT_CLASSES.some((known) => known === plain)) return false;
  throw unsupported(`${name}: "tokenizer_class" is ${quote(value)}, but Bertie supports only BERT's tokenizer`);
}

/** Returns the value of a flag; undefined if it is missing or null. */
function flagOf(config: Json, key: string, name: string): boolean | undefined {
  const value = config[key] ?? undefined;
  if (value === undefined || typeof value === "boolean") return value;
  const text = `${name}: "${key}" is ${quote(value)}. Expected true, false or null.`;
  throw new BertieError("tokenizer/invalid-config", text);
}

function checkSettings(config: Json, name: string): void {
  for (const [key, supported] of Object.entries(FIXED_SETTINGS)) {
    const value = config[key] ?? supported;
    if (value !== supported)
      throw unsupported(`${name}: "${key}" is ${quote(value)}, but Bertie supports only ${quote(supported)}`);
  }
  if (config.auto_map !== undefined && config.auto_map !== null)
    throw unsupported(`${name}: "auto_map" names a tokenizer with its own code, which Bertie cannot run`);
  const neverSplit = config.never_split ?? [];
  if (Array.isArray(neverSplit) && neverSplit.every((token) => SPECIAL_TOKENS.has(token))) return;
  const text = `${name}: "never_split" is ${quote(neverSplit)}. Only the slow tokenizer of transformers 4 keeps these words whole, so ids would depend on the program. Add the words as added tokens of the tokenizer, or remove the setting, as transformers 5 ignores it.`;
  throw new BertieError("tokenizer/unsupported", text);
}

function checkSpecialTokens(config: Json, name: string): void {
  for (const [key, supported] of Object.entries(FIXED_TOKENS)) {
    const value = textOf(config[key] ?? supported);
    if (value !== supported)
      throw unsupported(`${name}: "${key}" is ${quote(value ?? config[key])}, but Bertie supports only ${supported}`);
  }
}

/** Returns the special tokens that a file names, as texts or as objects with flags. */
function namedTokens(config: Json): unknown[] {
  const lists = [config.additional_special_tokens, config.extra_special_tokens];
  const listed = lists.flatMap((list) => (Array.isArray(list) ? list : isObject(list) ? Object.values(list) : []));
  const keys = Object.keys(config).filter((key) => key.endsWith("_token"));
  return [...keys.map((key) => config[key]), ...listed].filter((token) => textOf(token) !== undefined);
}

/** Reads added_tokens.json, which maps tokens to ids. */
async function readAddedTokens(
  source: FileSource,
  named: readonly unknown[],
  special: ReadonlySet<string>,
): Promise<AddedToken[]> {
  const file = "added_tokens.json";
  const entries = Object.entries(await readJson(source, file));
  if (entries.length > MAX_ADDED_TOKENS) throw tooMany(filePath(source, file));
  return entries.map(([content, id]) => {
    const isSpecial = special.has(content);
    const flags = named.find((token) => isObject(token) && token.content === content);
    const token = { ...(isObject(flags) ? flags : { content, normalized: !isSpecial }), special: isSpecial };
    return addedToken(id, token, filePath(source, file));
  });
}

function addedToken(id: unknown, token: unknown, name: string): AddedToken {
  if (!isObject(token) || typeof token.content !== "string" || typeof id !== "number" || !(id >= 0 && id < 1 << 24)) {
    const text = `${name}: the added token with the id ${quote(id)} is ${quote(token)}, but must have a text and an id. Correct the file.`;
    throw new BertieError("tokenizer/invalid-config", text);
  }
  if (token.content.includes("\n"))
    throw unsupported(`${name}: the added token ${quote(token.content)} contains a line break, which is not supported`);
  const special = token.special === true;
  return {
    id,
    content: token.content,
    singleWord: token.single_word === true,
    lstrip: token.lstrip === true,
    rstrip: token.rstrip === true,
    normalized: typeof token.normalized === "boolean" ? token.normalized : !special,
    special,
  };
}

function textOf(token: unknown): string | undefined {
  const text = isObject(token) ? token.content : token;
  return typeof text === "string" ? text : undefined;
}

async function readJson(source: FileSource, file: string, nested: readonly string[] = []): Promise<Json> {
  const bytes = await source.read(file);
  if (bytes === undefined) return {};
  const name = filePath(source, file);
  try {
    const settings = jsonSettings(bytes, nested);
    // A value that is too long to be read becomes an empty object, which must not be taken for its contents.
    const decoder = settings.added_tokens_decoder;
    if (isObject(decoder) && Object.keys(decoder).length === 0 && bytes.length > 1 << 16) throw tooMany(name);
    return settings;
  } catch (cause) {
    if (cause instanceof BertieError) throw cause;
    const text = `${name}: expected a JSON object. Check that the file is complete.`;
    throw new BertieError("input/invalid-json", text, { cause });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unsupported(text: string): BertieError {
  return new BertieError("tokenizer/unsupported", `${text}. Use a model with BERT's tokenizer.`);
}

function tooMany(name: string): BertieError {
  return new BertieError(
    "tokenizer/unsupported",
    `${name}: expected at most ${MAX_ADDED_TOKENS} added tokens. Use a model with fewer.`,
  );
}
