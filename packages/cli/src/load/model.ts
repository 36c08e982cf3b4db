import { join } from "node:path";
import { BertieError, jsonSettings } from "@bertie/common";
import { type BertConfig, bertConfigFromJson, type NamedTensors, readWeights } from "@bertie/model";
import { type InputReader, isDirectory, isFile } from "../files.ts";
import type { RunOptions } from "../options/run-options.ts";

/** Where a model's parts lie; a part that is not there is undefined. */
export interface ModelFiles {
  readonly config: string;
  readonly vocab: string | undefined;
  readonly weights: string | undefined;
}

/** A model as it lies on disk, before its classifier is known. */
export interface ModelSource {
  readonly files: ModelFiles;
  readonly config: BertConfig;
  /** The contents of vocab.txt. */
  readonly vocab: Uint8Array | undefined;
  readonly tensors: NamedTensors | undefined;
  /** What tokenizer_config.json says, if it does. */
  readonly doLowerCase: boolean | undefined;
  readonly trained: Training;
}

/** What run.json says of the training; a value is undefined where Bertie has not trained the model, or did not record it. */
export interface Training {
  readonly taskName: string | undefined;
  /** In tokens. */
  readonly maxSeqLength: number | undefined;
  /** Whether the texts were pairs. */
  readonly pairs: boolean | undefined;
}

type ModelOptions = Pick<RunOptions, "model" | "bertConfigFile" | "vocabFile" | "initCheckpoint">;

/**
 * Reads a model: from a directory in Hugging Face's layout, from single files, or from both, files coming first.
 *
 * @throws BertieError for what is missing or broken
 */
export async function loadModel(options: ModelOptions, inputs: InputReader): Promise<ModelSource> {
  const files = await findModelFiles(options);
  const read = (path: string | undefined) => (path === undefined ? undefined : inputs.read(path));
  const config = bertConfigFromJson(await inputs.readText(files.config), files.config);
  const vocab = await read(files.vocab);
  const weights = await read(files.weights);
  return {
    files,
    config,
    vocab,
    tensors: weights && readWeights(weights, files.weights!),
    doLowerCase: await readDoLowerCase(options.model, inputs),
    trained: await readTrained(options.model, inputs),
  };
}

async function findModelFiles(options: ModelOptions): Promise<ModelFiles> {
  const { model } = options;
  if (model !== undefined && !(await isDirectory(model))) {
    const text = `${model}: there is no such directory; --model takes one with config.json, vocab.txt and model.safetensors`;
    throw new BertieError("input/missing-file", text);
  }
  const inModel = async (...names: string[]): Promise<string | undefined> => {
    for (const name of names) if (model !== undefined && (await isFile(join(model, name)))) return join(model, name);
    return undefined;
  };
  const config = options.bertConfigFile ?? (await inModel("config.json", "bert_config.json"));
  if (config === undefined) {
    const text =
      model === undefined
        ? "no model is given: add --model DIR, or --bert-config-file with --vocab-file and --init-checkpoint"
        : `${model}: has no config.json; give one with --bert-config-file`;
    throw new BertieError("input/missing-file", text);
  }
  return {
    config,
    vocab: options.vocabFile ?? (await inModel("vocab.txt")),
    weights: options.initCheckpoint ?? (await inModel("model.safetensors", "pytorch_model.bin")),
  };
}

/** What a model directory's tokenizer_config.json says of lower case, if it does. */
export async function readDoLowerCase(model: string | undefined, inputs: InputReader): Promise<boolean | undefined> {
  const { do_lower_case } = await readSettings(model, "tokenizer_config.json", inputs);
  return typeof do_lower_case === "boolean" ? do_lower_case : undefined;
}

async function readTrained(model: string | undefined, inputs: InputReader): Promise<Training> {
  const { task_name, max_seq_length, pairs } = await readSettings(model, "run.json", inputs);
  return {
    taskName: typeof task_name === "string" ? task_name : undefined,
    maxSeqLength: typeof max_seq_length === "number" ? max_seq_length : undefined,
    pairs: typeof pairs === "boolean" ? pairs : undefined,
  };
}

/** A JSON file of a model directory; nothing where it is not there. */
async function readSettings(
  model: string | undefined,
  name: string,
  inputs: InputReader,
): Promise<Record<string, unknown>> {
  if (model === undefined || !(await isFile(join(model, name)))) return {};
  const path = join(model, name);
  const json = await inputs.read(path);
  try {
    return jsonSettings(json);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new BertieError("input/invalid-json", `${path}: holds no JSON object; mend it or delete it`, { cause });
  }
}
