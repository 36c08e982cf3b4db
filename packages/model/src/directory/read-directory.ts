import { BertieError, decodeText, jsonSettings } from "@bertie/common";
import { type BertConfig, bertConfigFromJson } from "../config.ts";
import { readWeights } from "../weights/read-weights.ts";
import type { NamedTensors } from "../weights/tensor.ts";
import { type FileSource, filePath, type SingleFile } from "./file-source.ts";

/** A model as it is stored, before the number of its classifier's labels is known. */
export interface ModelDirectory {
  /** What messages call the directory. */
  readonly name: string;
  /** What messages call each file that was read; undefined where there is no such file. */
  readonly files: {
    readonly config: string;
    readonly vocab: string | undefined;
    readonly weights: string | undefined;
  };
  readonly config: BertConfig;
  /** The contents of vocab.txt. */
  readonly vocab: Uint8Array | undefined;
  readonly tensors: NamedTensors | undefined;
  /** Whether the tokenizer lower-cases text; undefined where tokenizer_config.json does not say. */
  readonly lowerCase: boolean | undefined;
  readonly trained: TrainingFacts;
}

/** What run.json says of a model's training; a value is undefined where Bertie did not train the model or record it. */
export interface TrainingFacts {
  /** Undefined where the data were no task's. */
  readonly taskName: string | undefined;
  /** In tokens. */
  readonly maxSeqLength: number | undefined;
  /** Whether the texts were pairs. */
  readonly pairs: boolean | undefined;
}

/** Single files to read instead of those of the directory. */
export interface ReadModelDirectoryOptions {
  readonly config?: SingleFile | undefined;
  readonly vocab?: SingleFile | undefined;
  readonly weights?: SingleFile | undefined;
}

/**
 * Reads a model directory in Hugging Face's layout, as transformers and `bertie train` write it: config.json or
 * bert_config.json, vocab.txt, model.safetensors or pytorch_model.bin, tokenizer_config.json, run.json. Files are read
 * in this order, one at a time. Every file except the configuration may be missing.
 *
 * @throws BertieError "input/missing-file" without a configuration, "input/invalid-json", "input/too-large", "config/…",
 *   "weights/…"
 *
 * @example
 * const directory = await readModelDirectory({ name: "run", read: async (path) => files.get(path) });
 * directory.config.hiddenSize; // 512
 * directory.trained.maxSeqLength; // 128
 */
export async function readModelDirectory(
  source: FileSource,
  options: ReadModelDirectoryOptions = {},
): Promise<ModelDirectory> {
  const config = await readFirst(source, options.config, "config.json", "bert_config.json");
  if (config === undefined) throw missingFile(source, "config.json");
  const parsed = bertConfigFromJson(decodeText(config.bytes, config.name), config.name);
  const vocab = await readFirst(source, options.vocab, "vocab.txt");
  const weights = await readFirst(source, options.weights, "model.safetensors", "pytorch_model.bin");
  return {
    name: source.name,
    files: { config: config.name, vocab: vocab?.name, weights: weights?.name },
    config: parsed,
    vocab: vocab?.bytes,
    tensors: weights && readWeights(weights.bytes, weights.name),
    lowerCase: await readLowerCase(source),
    trained: await readTrainingFacts(source),
  };
}

/**
 * Reads from tokenizer_config.json whether the tokenizer of a model directory lower-cases text.
 *
 * @returns undefined where the file is missing or does not say
 * @throws BertieError "input/invalid-json"
 */
export async function readLowerCase(source: FileSource): Promise<boolean | undefined> {
  const { do_lower_case } = await readSettings(source, "tokenizer_config.json");
  return typeof do_lower_case === "boolean" ? do_lower_case : undefined;
}

/**
 * Returns the contents of a model's vocab.txt.
 *
 * @throws BertieError "input/missing-file" where the directory has none
 */
export function requireVocab({ name, vocab }: ModelDirectory): Uint8Array {
  if (vocab === undefined) throw missingFile({ name }, "vocab.txt");
  return vocab;
}

/** The error for a file that a model directory lacks. */
export function missingFile(directory: Pick<FileSource, "name">, file: string): BertieError {
  const expected = "a model directory with config.json, vocab.txt and model.safetensors, as bertie train writes it";
  return new BertieError("input/missing-file", `${filePath(directory, file)}: no such file. Use ${expected}.`);
}

async function readTrainingFacts(source: FileSource): Promise<TrainingFacts> {
  const { task_name, max_seq_length, pairs } = await readSettings(source, "run.json");
  return {
    taskName: typeof task_name === "string" ? task_name : undefined,
    maxSeqLength: typeof max_seq_length === "number" ? max_seq_length : undefined,
    pairs: typeof pairs === "boolean" ? pairs : undefined,
  };
}

/** Reads the single file if there is one, else the first of these files that the directory has. */
async function readFirst(
  source: FileSource,
  single: SingleFile | undefined,
  ...files: readonly string[]
): Promise<{ readonly name: string; readonly bytes: Uint8Array } | undefined> {
  if (single !== undefined) return { name: single.name, bytes: await single.read() };
  for (const file of files) {
    const bytes = await source.read(file);
    if (bytes !== undefined) return { name: filePath(source, file), bytes };
  }
  return undefined;
}

/** Reads the settings in a JSON file; none where there is no such file. */
async function readSettings(source: FileSource, file: string): Promise<Record<string, unknown>> {
  const json = await source.read(file);
  if (json === undefined) return {};
  try {
    return jsonSettings(json);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const text = `${filePath(source, file)}: expected a JSON object. Fix the file or delete it.`;
    throw new BertieError("input/invalid-json", text, { cause });
  }
}
