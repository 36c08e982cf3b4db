import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BertieError, type FileSource, readTokenizerFiles, type TokenizerFiles } from "@bertie/common";
import { resolveOptions, type TokenizerOptions } from "./options.ts";
import type { TokenizerParts } from "./parts.ts";
import { vocabularyOf } from "./vocabulary.ts";

/**
 * Reads a tokenizer from a model directory, as transformers 5 does.
 *
 * @param given options that override the settings in the files
 * @throws BertieError "tokenizer/no-files" if there is neither `tokenizer.json` nor `vocab.txt` or a file cannot be read,
 * "tokenizer/invalid-config" if a file of settings is invalid, or any error of `vocabularyOf()`
 */
export async function readPretrained(directory: string, given: TokenizerOptions): Promise<TokenizerParts> {
  const source = sourceOf(directory);
  const { files, found } = await readVocabulary(source);
  if (found === undefined) {
    const text = `${directory}: found neither tokenizer.json nor vocab.txt. Check that it is the directory of a BERT model.`;
    throw new BertieError("tokenizer/no-files", text);
  }
  const isCased = !files.isTransformers && (await source.list("")).includes("bert_config.json");
  const { bytes, lowerCase, tokenizer, warnings } = found;
  const { addedTokens = [], ...settings } = tokenizer;
  const isGuess = lowerCase === undefined && given.lowercase === undefined;
  const guess = `${directory}: no file specifies whether texts are lowercased. They are ${isCased ? "not " : ""}lowercased. Set the option lowercase.`;
  return {
    vocabulary: { text: bytes, verbatim: false },
    addedTokens,
    options: resolveOptions({ lowercase: lowerCase ?? !isCased, ...settings, ...given }),
    warnings: isGuess ? [...warnings, guess] : warnings,
  };
}

async function readVocabulary(source: Required<FileSource>) {
  try {
    const files = await readFiles(source);
    return { files, found: vocabularyOf(files) };
  } catch (error) {
    // Other programs read tokenizer.json without the files beside it.
    const isAboutJson = error instanceof BertieError && error.message.includes("tokenizer.json: ");
    if (!isAboutJson || error.code !== "tokenizer/unsupported") throw error;
    const hint = "Or pass tokenizer.json to BertTokenizer.fromTokenizerJson(), which ignores the other files.";
    throw new BertieError(error.code, `${error.message} ${hint}`, { cause: error });
  }
}

function sourceOf(directory: string): Required<FileSource> {
  return {
    name: directory,
    read: (file) => readIfExists(join(directory, file), (path) => readFile(path)),
    list: async () => (await readIfExists(directory, (path) => readdir(path))) ?? [],
  };
}

async function readFiles(source: FileSource): Promise<TokenizerFiles> {
  try {
    return await readTokenizerFiles(source);
  } catch (error) {
    if (!(error instanceof BertieError) || error.code !== "input/invalid-json") throw error;
    throw new BertieError("tokenizer/invalid-config", error.message, { cause: error });
  }
}

/** Returns what a path contains, or undefined if it does not exist. */
async function readIfExists<Contents>(
  path: string,
  read: (path: string) => Promise<Contents>,
): Promise<Contents | undefined> {
  try {
    return await read(path);
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
