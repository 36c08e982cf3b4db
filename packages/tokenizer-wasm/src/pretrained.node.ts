import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BertieError, jsonSettings } from "@bertie/common";
import type { TokenizerOptions } from "./options.ts";

/** What a model's folder has for a tokenizer. */
export type Pretrained =
  | { readonly json: string }
  | { readonly vocabulary: Uint8Array; readonly options: TokenizerOptions };

/** Reads a model's folder: its `tokenizer.json`, or else its `vocab.txt` and `tokenizer_config.json`. */
export async function readPretrained(directory: string): Promise<Pretrained> {
  const json = await readIfThere(join(directory, "tokenizer.json"));
  if (json !== undefined) return { json: textOf(json) };
  const vocabulary = await readIfThere(join(directory, "vocab.txt"));
  if (vocabulary === undefined) {
    throw new BertieError("tokenizer/no-files", `${directory}: neither tokenizer.json nor vocab.txt is there`);
  }
  const path = join(directory, "tokenizer_config.json");
  const config = await readIfThere(path);
  return { vocabulary, options: config === undefined ? {} : readConfig(path, config) };
}

/** What is longer in UTF-8 is longer than any tokenizer.json may be, and maybe than any text. */
const LONGEST_JSON = 3 << 25;

function textOf(json: Uint8Array): string {
  if (json.length <= LONGEST_JSON) return new TextDecoder().decode(json);
  const text = `tokenizer.json: it has ${json.length} bytes; is it a BERT tokenizer's?`;
  throw new BertieError("tokenizer/too-large", text);
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new BertieError("tokenizer/no-files", `${path}: cannot be read (${message})`, { cause: error });
  }
}

const CONFIG_FLAGS = {
  do_lower_case: "lowercase",
  strip_accents: "stripAccents",
  tokenize_chinese_chars: "handleChineseChars",
} as const;

function readConfig(path: string, json: Uint8Array): TokenizerOptions {
  const config = parseConfig(path, json);
  const options: { -readonly [Key in keyof TokenizerOptions]: TokenizerOptions[Key] } = {};
  for (const [key, option] of Object.entries(CONFIG_FLAGS)) {
    const value = config[key];
    if (typeof value === "boolean") options[option] = value;
    else if (value !== undefined && value !== null) {
      throw new BertieError("tokenizer/invalid-config", `${path}: "${key}" is no boolean; make it true, false or null`);
    }
  }
  return options;
}

function parseConfig(path: string, json: Uint8Array): { readonly [key: string]: unknown } {
  try {
    return jsonSettings(json);
  } catch (cause) {
    throw new BertieError("tokenizer/invalid-config", `${path}: no JSON object; mend or remove it`, { cause });
  }
}
