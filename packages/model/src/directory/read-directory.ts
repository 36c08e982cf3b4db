import {
  BertieError,
  decodeText,
  type FileSource,
  filePath,
  jsonSettings,
  type NamedBytes,
  readTokenizerFiles,
  type SingleFile,
  type TokenizerFiles,
} from "@bertie/common";
import { type BertConfig, bertConfigFromJson } from "../config.ts";
import type { NamedTensors } from "../weights/tensor.ts";
import { readWeightFile } from "../weights/weight-files.ts";
import { defaultLabels } from "./default-labels.ts";
import { findWeights, listed } from "./find-weights.ts";
import { locateModel } from "./locate-model.ts";

/** The contents of a model directory. */
export interface ModelDirectory extends Omit<TokenizerFiles, "vocab"> {
  /** Name of the directory in error messages. */
  readonly name: string;
  /** Name of each file in error messages; undefined if the file does not exist. */
  readonly files: {
    readonly config: string;
    readonly vocab: string | undefined;
    readonly weights: string | undefined;
  };
  readonly config: BertConfig;
  /** Whether the configuration has no labels, and the labels are LABEL_0 and LABEL_1, as in transformers. @default false */
  readonly hasDefaultLabels?: boolean;
  /** Names of all files of the directory; undefined if the source cannot list them. */
  readonly contents?: readonly string[] | undefined;
  /** Contents of vocab.txt; undefined if the file does not exist. */
  readonly vocab: Uint8Array | undefined;
  /** Tensors of the weight files; undefined if there are none. */
  readonly tensors: NamedTensors | undefined;
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
  /** Columns of the training table. */
  readonly columns?: Readonly<Record<string, unknown>>;
  /** Minimum probability at which a label is predicted, with several labels per text. */
  readonly threshold?: number;
}

/** Single files to read instead of the directory's files. */
export interface ReadModelDirectoryOptions {
  readonly config?: SingleFile | undefined;
  readonly vocab?: SingleFile | undefined;
  readonly weights?: SingleFile | undefined;
  /** Whether to read the weights of the directory. @default true */
  readonly readsWeights?: boolean | undefined;
}

/**
 * Reads a model directory in Hugging Face's layout, as written by transformers and `bertie train`, or in the layout of
 * Google's releases of 2018.
 *
 * The files are config.json or bert_config.json, vocab.txt, tokenizer_config.json, tokenizer.json, the weights, and
 * run.json. They are read in this order, one at a time; tokenizer.json of a model on the web only if it is needed. All files except the configuration are optional. The weights are
 * model.safetensors or pytorch_model.bin, one of them split into several files with an index, or a TensorFlow checkpoint.
 * For a cache of the Hugging Face Hub, the model in it is read; see {@link locateModel}.
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
  const directory = options.config === undefined ? await locateModel(source) : source;
  const contents = await directory.list?.("");
  const config = await readFirst(directory, options.config, "config.json", "bert_config.json");
  if (config === undefined && isAdapter(contents)) throw adapterError(directory);
  if (config === undefined) throw missingFile({ ...directory, contents }, "config.json");
  const parsed = bertConfigFromJson(decodeText(config.bytes, config.name), config.name);
  const isTransformers =
    options.config === undefined && options.vocab === undefined && !config.name.endsWith("bert_config.json");
  const { vocab, ...tokenizerFiles } = await readTokenizerFiles(directory, {
    tokenizerClass: parsed.tokenizerClass,
    isTransformers,
    vocab: options.vocab,
  });
  if (options.weights === undefined && isAdapter(contents)) throw adapterError(directory);
  const weights = await readAllWeights(directory, contents ?? [], options);
  const defaults = defaultLabels(parsed, weights?.tensors);
  return {
    name: directory.name,
    files: { config: config.name, vocab: vocab?.name, weights: weights?.name },
    config: defaults ? { ...parsed, labels: defaults } : parsed,
    ...(defaults && { hasDefaultLabels: true }),
    contents,
    vocab: vocab?.bytes,
    ...tokenizerFiles,
    tensors: weights?.tensors,
    trained: await readTrainingFacts(directory),
  };
}

const ADAPTER = "adapter_config.json";

/** Returns whether a directory contains an adapter, such as one of the library PEFT. */
function isAdapter(contents: readonly string[] | undefined): boolean {
  return contents?.includes(ADAPTER) === true;
}

function adapterError(directory: FileSource): BertieError {
  const text = `${filePath(directory, ADAPTER)}: the directory contains an adapter, such as LoRA, which changes the weights of another model. Merge the adapter into the model in Python, with model.merge_and_unload(), and save the result.`;
  return new BertieError("weights/unknown-format", text);
}

/** Reads the given weights, or the weights of the directory. Returns undefined if there are none. */
async function readAllWeights(
  directory: FileSource,
  contents: readonly string[],
  { weights: single, readsWeights = true }: ReadModelDirectoryOptions,
): Promise<{ readonly name: string; readonly tensors: NamedTensors } | undefined> {
  if (single !== undefined) {
    const file = single.name.split(/[/\\]/).at(-1)!;
    const siblings: FileSource = single.directory ?? { name: "", read: async () => undefined };
    const source = { ...siblings, name: single.name.slice(0, -file.length).replace(/[/\\]$/, "") };
    return { name: single.name, tensors: await readWeightFile(source, file, await single.read()) };
  }
  const found = readsWeights ? await findWeights(directory, contents) : undefined;
  if (found === undefined) return undefined;
  const tensors = await readWeightFile(directory, found.file, found.bytes);
  return { name: filePath(directory, found.file), tensors };
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
export function requireVocab({ name, contents, vocab }: ModelDirectory): Uint8Array {
  if (vocab === undefined) throw missingFile({ name, contents }, "vocab.txt");
  return vocab;
}

/** Returns the error for a file that is missing from a model directory. */
function missingFile(directory: Pick<ModelDirectory, "name" | "contents">, file: string): BertieError {
  const expected =
    "a model directory with config.json, vocab.txt and model.safetensors, such as the output of bertie train";
  const found = directory.contents === undefined ? "" : ` The directory contains ${listed(directory.contents)}.`;
  return new BertieError("input/missing-file", `${filePath(directory, file)}: no such file.${found} Use ${expected}.`);
}

async function readTrainingFacts(source: FileSource): Promise<TrainingFacts> {
  const settings = await readSettings(source, "run.json", ["columns"]);
  const { task_name, max_seq_length, pairs, long_text, window_overlap, columns, threshold } = settings;
  return {
    taskName: typeof task_name === "string" ? task_name : undefined,
    maxSeqLength: typeof max_seq_length === "number" ? max_seq_length : undefined,
    pairs: typeof pairs === "boolean" ? pairs : undefined,
    ...(typeof long_text === "string" && { longText: long_text }),
    ...(typeof window_overlap === "number" && { windowOverlap: window_overlap }),
    ...(isObject(columns) && { columns }),
    ...(typeof threshold === "number" && { threshold }),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads the single file if one is given, otherwise the first of the files that exists in the directory. */
async function readFirst(
  source: FileSource,
  single: SingleFile | undefined,
  ...files: readonly string[]
): Promise<NamedBytes | undefined> {
  if (single !== undefined) return { name: single.name, bytes: await single.read() };
  for (const file of files) {
    const bytes = await source.read(file);
    if (bytes !== undefined) return { name: filePath(source, file), bytes };
  }
  return undefined;
}

/** Reads the settings of a JSON file, and the nested values of some keys; returns an empty object if the file does not exist. */
async function readSettings(
  source: FileSource,
  file: string,
  nested: readonly string[] = [],
): Promise<Record<string, unknown>> {
  const json = await source.read(file);
  if (json === undefined) return {};
  try {
    return jsonSettings(json, nested);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const text = `${filePath(source, file)}: expected a JSON object. Fix the file or delete it.`;
    throw new BertieError("input/invalid-json", text, { cause });
  }
}
