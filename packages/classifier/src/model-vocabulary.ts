import type { FileSource, ModelDirectory, ReadModelDirectoryOptions } from "@bertie/model";
import type { Vocabulary } from "@bertie/tokenizer-wasm";

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
  return withVocabulary(await readModelDirectory(source, options));
}

/** Adds the vocabulary and the settings of the tokenizer to a model directory. */
export async function withVocabulary(
  directory: ModelDirectory,
): Promise<ModelDirectory & Pick<Vocabulary, "warnings">> {
  const { vocab, files } = directory;
  const named = vocab === undefined || files.vocab === undefined ? undefined : { name: files.vocab, bytes: vocab };
  const { vocabularyOf } = await import("@bertie/tokenizer-wasm");
  const vocabulary = vocabularyOf({ ...directory, vocab: named });
  const unnamed = directory.hasDefaultLabels
    ? [`${files.config}: the labels have no names and are called LABEL_0 and LABEL_1, as in transformers.`]
    : [];
  if (vocabulary === undefined) return { ...directory, warnings: unnamed };
  const { name, bytes, lowerCase, tokenizer, warnings } = vocabulary;
  return {
    ...directory,
    vocab: bytes,
    files: { ...files, vocab: name },
    lowerCase,
    tokenizer,
    warnings: [...unnamed, ...warnings],
  };
}
