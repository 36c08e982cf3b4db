import { basename, dirname } from "node:path";
import { type Checkpoint, readModel as readModelFiles, type Workspace } from "@bertie/classifier";
import { type InputReader, isFile } from "@bertie/classifier/node";
import { BertieError } from "@bertie/common";
import type { SingleFile } from "@bertie/model";
import { type ModelSource, openModel } from "../model-source.ts";
import type { RunOptions } from "../options/run-options.ts";

type ModelOptions = Pick<RunOptions, "model" | "bertConfigFile" | "vocabFile" | "initCheckpoint" | "randomWeights">;

/** Model directory, with warnings about its files. */
type ReadModel = Awaited<ReturnType<typeof readModelFiles>>;

/**
 * Reads a model from a directory in Hugging Face's layout or from the Hugging Face Hub, from single files, or from both. Single files take precedence
 * over the directory.
 *
 * @param reader command or option that expects the model, for messages
 * @throws BertieError "options/conflict" if both weights and random weights are requested, other codes if a file is missing
 *   or malformed
 */
export async function readModel(options: ModelOptions, inputs: InputReader, reader?: string): Promise<ReadModel> {
  const { model, bertConfigFile, vocabFile, initCheckpoint, randomWeights } = options;
  if (randomWeights && initCheckpoint !== undefined) {
    const text = "--random-weights and --init-checkpoint exclude each other. Remove one of the two.";
    throw new BertieError("options/conflict", text);
  }
  if (model === undefined && bertConfigFile === undefined) {
    const text = "no model: add --model DIR, or --bert-config-file with --vocab-file and --init-checkpoint.";
    throw new BertieError("input/missing-file", text);
  }
  const single = (path: string | undefined): SingleFile | undefined =>
    path === undefined
      ? undefined
      : { name: path, read: () => inputs.read(path), directory: inputs.directory(dirname(path)) };
  const source = model === undefined ? NO_FILES : await openModel(model, inputs, reader);
  const read = await readModelFiles(source, {
    config: single(bertConfigFile),
    vocab: single(vocabFile),
    weights: single(initCheckpoint && (await checkpointFile(initCheckpoint))),
    readsWeights: !randomWeights,
  });
  return { ...read, warnings: [...source.warnings, ...read.warnings] };
}

/** Reads a model directory, without options that replace its files. */
export function readModelDirectory(path: string, inputs: InputReader, reader: string): Promise<ReadModel> {
  const files = { bertConfigFile: undefined, vocabFile: undefined, initCheckpoint: undefined, randomWeights: false };
  return readModel({ model: path, ...files }, inputs, reader);
}

/**
 * Returns the file with which reading a checkpoint starts. A TensorFlow checkpoint is named by its prefix, as in
 * `bert_model.ckpt`, and consists of `bert_model.ckpt.index` and data files.
 */
async function checkpointFile(path: string): Promise<string> {
  const prefix = path.replace(/\.(data-\d{5}-of-\d{5}|meta)$/, "");
  const index = `${prefix}.index`;
  const isCheckpoint = prefix !== path || (basename(path) !== "" && !(await isFile(path)));
  return isCheckpoint && (await isFile(index)) ? index : path;
}

const NO_FILES: ModelSource = { name: "", read: async () => undefined, warnings: [] };

/** Adds the commit to the name of a model on the Hugging Face Hub, so that the run can be resumed and repeated with it. */
export function withCommit(options: RunOptions, { name }: Pick<ReadModel, "name">): RunOptions {
  const [repo] = options.model?.split("@") ?? [];
  return repo !== undefined && name.startsWith(`${repo}@`) ? { ...options, model: name } : options;
}

/** Reads the model of a checkpoint. Runs that the API or the demo page started do not record the path of a model. */
export function readCheckpointModel(workspace: Workspace, { folder }: Checkpoint): Promise<ReadModel> {
  const read = (path: string) => workspace.read(`${folder}/${path}`);
  return readModelFiles({ name: workspace.locate(folder), read });
}
