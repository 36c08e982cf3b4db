import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BertieError, jsonSettings } from "@bertie/common";
import type { TokenizerOptions } from "./options.ts";

/** Tokenizer files of a model directory. */
export type PretrainedFiles =
  | { readonly json: string; readonly options: TokenizerOptions }
  | { readonly vocabulary: Uint8Array; readonly options: TokenizerOptions };

/**
 * Reads the `tokenizer.json` of a model directory or, if there is none, its `vocab.txt`, and the settings in
 * `tokenizer_config.json`. As in transformers 5, they take precedence over the normalizer of `tokenizer.json`, even where they
 * are left out, unless `tokenizer_class` is the class for any `tokenizer.json`.
 *
 * @throws BertieError "tokenizer/no-files" if the files do not exist or cannot be read, "tokenizer/invalid-config" if
 * `tokenizer_config.json` is invalid, "tokenizer/too-large" if `tokenizer.json` is too large
 */
export async function readPretrained(directory: string): Promise<PretrainedFiles> {
  const json = await readIfExists(join(directory, "tokenizer.json"));
  const path = join(directory, "tokenizer_config.json");
  const config = await readIfExists(path);
  const options = config === undefined ? {} : readConfig(path, config);
  if (json !== undefined) return { json: textOf(json), options };
  const vocabulary = await readIfExists(join(directory, "vocab.txt"));
  if (vocabulary === undefined) {
    const text = `${directory}: found neither tokenizer.json nor vocab.txt. Check that it is the directory of a BERT model.`;
    throw new BertieError("tokenizer/no-files", text);
  }
  return { vocabulary, options };
}

/**
 * Maximum size of a `tokenizer.json` in bytes: the character limit of readTokenizerJson() times three bytes of UTF-8
 * per UTF-16 code unit. Larger files may not fit into a string.
 */
const MAX_JSON_BYTES = 3 << 25;

function textOf(json: Uint8Array): string {
  if (json.length <= MAX_JSON_BYTES) return new TextDecoder().decode(json);
  const text = `tokenizer.json: the file has ${json.length} bytes, more than ${MAX_JSON_BYTES}. Check that it belongs to a BERT model.`;
  throw new BertieError("tokenizer/too-large", text);
}

/** Returns the contents of a file, or undefined if the file does not exist. */
async function readIfExists(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new BertieError(
      "tokenizer/no-files",
      `${path}: the file cannot be read (${message}). Check its permissions.`,
      { cause: error },
    );
  }
}

const CONFIG_FLAGS = {
  do_lower_case: "lowercase",
  strip_accents: "stripAccents",
  tokenize_chinese_chars: "handleChineseChars",
} as const;

function readConfig(path: string, json: Uint8Array): TokenizerOptions {
  const config = parseConfig(path, json);
  const kind = String(config.tokenizer_class ?? "BertTokenizer").replace(/Fast$/, "");
  if (["TokenizersBackend", "PreTrainedTokenizer"].includes(kind)) return { specialTokens: "everywhere" };
  if (!["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "ErnieTokenizer"].includes(kind)) {
    const text = `${path}: "tokenizer_class" is ${JSON.stringify(config.tokenizer_class)}. Expected BertTokenizer. Use a model with BERT's tokenizer.`;
    throw new BertieError("tokenizer/unsupported", text);
  }
  const options: { -readonly [Key in keyof TokenizerOptions]: TokenizerOptions[Key] } = {};
  for (const [key, option] of Object.entries(CONFIG_FLAGS)) {
    const value = config[key];
    if (typeof value === "boolean") options[option] = value;
    else if (value !== undefined && value !== null) {
      throw new BertieError(
        "tokenizer/invalid-config",
        `${path}: "${key}" is not a boolean. Expected true, false or null.`,
      );
    }
  }
  const { lowercase = true, stripAccents = lowercase, handleChineseChars = true } = options;
  const specialTokens = config.special_tokens_in_text === "classic" ? "classic" : "everywhere";
  return { lowercase, stripAccents, handleChineseChars, specialTokens };
}

function parseConfig(path: string, json: Uint8Array): { readonly [key: string]: unknown } {
  try {
    return jsonSettings(json);
  } catch (cause) {
    throw new BertieError(
      "tokenizer/invalid-config",
      `${path}: the file is not a valid JSON object. Fix or remove the file.`,
      {
        cause,
      },
    );
  }
}
