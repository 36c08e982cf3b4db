import { type FileSource, loadClassifierParameters, readModelDirectory, requireVocab } from "@bertie/model";
import type { ModelFacts } from "./facts.ts";

/** A classifier with its weights, on the host. */
export interface StoredModel {
  readonly facts: ModelFacts;
  readonly parameters: ReadonlyMap<string, Float32Array>;
}

/**
 * Reads a classifier from a model directory, as `bertie train` and Hugging Face's transformers write it.
 *
 * @param name what messages call the directory, or the first of the files where they come without one
 * @throws BertieError for what is missing or broken, or where the model is not a classifier
 */
export async function readStoredModel(name: string, files: ReadonlyMap<string, Blob>): Promise<StoredModel> {
  const source: FileSource = {
    name: files.has(name) ? "" : name,
    async read(path) {
      const file = files.get(path);
      return file && new Uint8Array(await file.arrayBuffer());
    },
  };
  const directory = await readModelDirectory(source);
  const { config, lowerCase = false, trained } = directory;
  const vocab = requireVocab(directory);
  const { labels, parameters } = loadClassifierParameters(directory, { requireTrained: true });
  const { maxSeqLength = 128, taskName, pairs } = trained;
  const maxLength = Math.min(maxSeqLength, config.maxPositionEmbeddings);
  return { facts: { name, config, labels, vocab, lowerCase, maxLength, taskName, pairs }, parameters };
}
