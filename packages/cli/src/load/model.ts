import { join, normalize } from "node:path";
import { BertieError } from "@bertie/common";
import {
  type FileSource,
  type ModelDirectory,
  readLowerCase,
  readModelDirectory,
  type SingleFile,
} from "@bertie/model";
import { createInputReader, type InputReader, isDirectory, isFile } from "../files.ts";
import type { RunOptions } from "../options/run-options.ts";

type ModelOptions = Pick<RunOptions, "model" | "bertConfigFile" | "vocabFile" | "initCheckpoint">;

/**
 * Reads a model: from a directory in Hugging Face's layout, from single files, or from both, in which case the single
 * files come first.
 *
 * @throws BertieError for what is missing or broken
 */
export async function loadModel(options: ModelOptions, inputs: InputReader): Promise<ModelDirectory> {
  const { model, bertConfigFile, vocabFile, initCheckpoint } = options;
  if (model !== undefined && !(await isDirectory(model))) {
    const text = `${model}: there is no such directory; --model takes one with config.json, vocab.txt and model.safetensors`;
    throw new BertieError("input/missing-file", text);
  }
  if (model === undefined && bertConfigFile === undefined) {
    const text = "no model is given: add --model DIR, or --bert-config-file with --vocab-file and --init-checkpoint";
    throw new BertieError("input/missing-file", text);
  }
  const single = (path: string | undefined): SingleFile | undefined =>
    path === undefined ? undefined : { name: path, read: () => inputs.read(path) };
  return readModelDirectory(model === undefined ? NO_FILES : directorySource(model, inputs), {
    config: single(bertConfigFile),
    vocab: single(vocabFile),
    weights: single(initCheckpoint),
  });
}

/** Reads from a model directory whether its tokenizer lower-cases text; undefined where the directory does not say. */
export function readModelLowerCase(model: string): Promise<boolean | undefined> {
  return readLowerCase(directorySource(model, createInputReader()));
}

const NO_FILES: FileSource = { name: "", read: async () => undefined };

function directorySource(directory: string, inputs: InputReader): FileSource {
  return {
    name: normalize(directory),
    async read(file) {
      const path = join(directory, file);
      return (await isFile(path)) ? inputs.read(path) : undefined;
    },
  };
}
