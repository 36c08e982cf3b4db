import { normalize } from "node:path";
import type { Checkpoint, Workspace } from "@bertie/classifier";
import { type InputReader, isDirectory } from "@bertie/classifier/node";
import { BertieError } from "@bertie/common";
import { type FileSource, type ModelDirectory, readModelDirectory, type SingleFile } from "@bertie/model";
import type { RunOptions } from "../options/run-options.ts";

type ModelOptions = Pick<RunOptions, "model" | "bertConfigFile" | "vocabFile" | "initCheckpoint">;

/**
 * Reads a model from a directory in Hugging Face's layout, from single files, or from both. Single files take precedence
 * over the directory.
 *
 * @throws BertieError if a file is missing or malformed
 */
export async function readModel(options: ModelOptions, inputs: InputReader): Promise<ModelDirectory> {
  const { model, bertConfigFile, vocabFile, initCheckpoint } = options;
  if (model !== undefined && !(await isDirectory(model))) {
    const text = `${model}: the directory does not exist. --model expects a directory with config.json, vocab.txt and model.safetensors.`;
    throw new BertieError("input/missing-file", text);
  }
  if (model === undefined && bertConfigFile === undefined) {
    const text = "no model: add --model DIR, or --bert-config-file with --vocab-file and --init-checkpoint.";
    throw new BertieError("input/missing-file", text);
  }
  const single = (path: string | undefined): SingleFile | undefined =>
    path === undefined ? undefined : { name: path, read: () => inputs.read(path) };
  return readModelDirectory(model === undefined ? NO_FILES : inputs.directory(normalize(model)), {
    config: single(bertConfigFile),
    vocab: single(vocabFile),
    weights: single(initCheckpoint),
  });
}

const NO_FILES: FileSource = { name: "", read: async () => undefined };

/** Reads the model of a checkpoint. Runs that the API or the demo page started do not record the path of a model. */
export function readCheckpointModel(workspace: Workspace, { folder }: Checkpoint): Promise<ModelDirectory> {
  const read = (path: string) => workspace.read(`${folder}/${path}`);
  return readModelDirectory({ name: workspace.locate(folder), read });
}
