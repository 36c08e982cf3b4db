import { BertieError, decodeText, jsonSettings } from "@bertie/common";
import { type BertConfig, bertConfigFromJson } from "../config.ts";
import { readWeights } from "../weights/read-weights.ts";
import type { NamedTensors } from "../weights/tensor.ts";
import { type FileSource, filePath, type SingleFile } from "./file-source.ts";

/** The contents of a model directory. */
export interface ModelDirectory {
  /** Name of the directory in error messages. */
  readonly name: string;
  /** Name of each file in error messages; undefined if the file does not exist. */
  readonly files: {
    readonly config: string;
    readonly vocab: string | undefined;
    readonly weights: string | undefined;
  };
  readonly config: BertConfig;
  /** Contents of vocab.txt; undefined if the file does not exist. */
  readonly vocab: Uint8Array | undefined;
  /** Tensors of the weight file; undefined if there is none. */
  readonly tensors: NamedTensors | undefined;
  /** Whether the tokenizer lower-cases text; undefined if tokenizer_config.json does not specify it. */
  readonly lowerCase: boolean | undefined;
  readonly trained: TrainingFacts;
}

/**
 * Facts about a model's training, from run.json. A value is undefined if Bertie did not train the model or did not
 * record the value.
 */
export interface TrainingFacts {
  /** Name of the task; undefined if the data did not belong to a task. */
  readonly taskName: string | undefined;
  /** Maximum number of tokens per text. */
  readonly maxSeqLength: number | undefined;
  /** Whether the examples were pairs of texts. */
  readonly pairs: boolean | undefined;
  /** Handling of texts that were longer than the maximum, such as "windows". */
  readonly longText?: string;
  /** Number of tokens that consecutive windows shared. */
  readonly windowOverlap?: number;
}

/** Single files to read instead of the directory's files. */
export interface ReadModelDirectoryOptions {
  readonly config?: SingleFile | undefined;
  readonly vocab?: SingleFile | undefined;
  readonly weights?: SingleFile | undefined;
}

/**
 * Reads a model directory in Hugging Face's layout, as written by transformers and `bertie train`.
 *
 * The files are config.json or bert_config.json, vocab.txt, model.safetensors or pytorch_model.bin,
 * tokenizer_config.json, and run.json. They are read in this order, one at a time. All files except the configuration
 * are optional.
 *
 * @param source files of the directory
 * @param options single files to read instead
 * @throws BertieError "input/missing-file" if there is no configuration, "input/invalid-json", "input/too-large",
 *   "config/…" or "weights/…" if a file is not valid
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { readModelDirectory } from "@bertie/model";
 *
 * const folder = "packages/model/fixtures/tiny-bert";
 * const directory = await readModelDirectory({
 *   name: folder,
 *   read: (path) => readFile(`${folder}/${path}`).catch(() => undefined),
 * });
 * console.log(directory.config.hiddenSize, directory.files.vocab); // 32 undefined
 * ```
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
 * @param source files of the directory
 * @returns whether text is lower-cased; undefined if the file does not exist or does not specify it
 * @throws BertieError "input/invalid-json" if the file is not a JSON object
 *
 * @example
 * ```ts
 * import { readLowerCase } from "@bertie/model";
 *
 * const bytes = new TextEncoder().encode('{"do_lower_case": true}');
 * const source = { name: "run", read: async (path: string) => (path === "tokenizer_config.json" ? bytes : undefined) };
 * console.log(await readLowerCase(source)); // true
 * ```
 */
export async function readLowerCase(source: FileSource): Promise<boolean | undefined> {
  const { do_lower_case } = await readSettings(source, "tokenizer_config.json");
  return typeof do_lower_case === "boolean" ? do_lower_case : undefined;
}

/**
 * Returns the contents of a model directory's vocab.txt.
 *
 * @throws BertieError "input/missing-file" if the directory has no vocab.txt
 *
 * @example
 * ```ts
 * import { readModelDirectory, requireVocab } from "@bertie/model";
 *
 * const sizes = { vocab_size: 9, hidden_size: 4, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 8 };
 * const files = new Map([["config.json", JSON.stringify(sizes)], ["vocab.txt", "[PAD]\n[UNK]\n"]]);
 * const bytesOf = (text?: string) => (text === undefined ? undefined : new TextEncoder().encode(text));
 * const directory = await readModelDirectory({ name: "run", read: async (path) => bytesOf(files.get(path)) });
 * console.log(new TextDecoder().decode(requireVocab(directory)).split("\n")); // ["[PAD]", "[UNK]", ""]
 * ```
 */
export function requireVocab({ name, vocab }: ModelDirectory): Uint8Array {
  if (vocab === undefined) throw missingFile({ name }, "vocab.txt");
  return vocab;
}

/** Returns the error for a file that is missing from a model directory. */
export function missingFile(directory: Pick<FileSource, "name">, file: string): BertieError {
  const expected =
    "a model directory with config.json, vocab.txt and model.safetensors, such as the output of bertie train";
  return new BertieError("input/missing-file", `${filePath(directory, file)}: no such file. Use ${expected}.`);
}

async function readTrainingFacts(source: FileSource): Promise<TrainingFacts> {
  const { task_name, max_seq_length, pairs, long_text, window_overlap } = await readSettings(source, "run.json");
  return {
    taskName: typeof task_name === "string" ? task_name : undefined,
    maxSeqLength: typeof max_seq_length === "number" ? max_seq_length : undefined,
    pairs: typeof pairs === "boolean" ? pairs : undefined,
    ...(typeof long_text === "string" && { longText: long_text }),
    ...(typeof window_overlap === "number" && { windowOverlap: window_overlap }),
  };
}

/** Reads the single file if one is given, otherwise the first of the files that exists in the directory. */
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

/** Reads the settings of a JSON file; returns an empty object if the file does not exist. */
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
