import { BertieError, type FileSource, filePath, quote } from "@bertie/common";
import { conversion } from "../weights/read-weights.ts";
import { WEIGHT_FILES } from "../weights/weight-files.ts";

/** Maximum number of files that a message lists. */
const MAX_LISTED = 12;

const NO_CONVERSION = "Download model.safetensors or pytorch_model.bin of the model.";
const NOT_EXPORTED =
  "Use the model directory from which the ONNX files were exported, or download model.safetensors of the model.";
const run = (command: string) => `Convert the model in Python: ${command}`;

/** Formats of other programs, and how to convert them. */
const OTHER_FORMATS: readonly (readonly [
  pattern: RegExp,
  convert: (directory: string, isClassifier: boolean) => string,
])[] = [
  [/\.h5$/, (directory, isClassifier) => run(conversion(directory, "from_tf", isClassifier))],
  [/\.msgpack$/, (directory, isClassifier) => run(conversion(directory, "from_flax", isClassifier))],
  [/^(saved_model\.pb|variables\/)$/, () => NO_CONVERSION],
  [/^onnx\/$|\.onnx$/, () => NOT_EXPORTED],
  [/\.(gguf|ot|tflite|mlmodel)$/, () => NO_CONVERSION],
];

/**
 * Reads the file that contains or lists the weights of a model directory: one of the usual names, or the only index of a
 * TensorFlow checkpoint, or the index that TensorFlow's file `checkpoint` names.
 *
 * @param entries names of all files of the directory; empty if they are unknown
 * @returns undefined if there is no such file
 * @throws BertieError "weights/shards" if files of a split model lack their index, "weights/tensorflow" if there are several
 *   checkpoints
 */
export async function findWeights(
  source: FileSource,
  entries: readonly string[],
): Promise<{ readonly file: string; readonly bytes: Uint8Array } | undefined> {
  for (const file of WEIGHT_FILES) {
    const bytes = await source.read(file);
    if (bytes !== undefined) return { file, bytes };
  }
  const shard = entries.find((entry) => /-\d{5}-of-\d{5}\.(safetensors|bin)$/.test(entry));
  if (shard !== undefined) {
    const index = shard.replace(/-\d{5}-of-\d{5}(\.[a-z]+)$/, "$1.index.json");
    const text = `${filePath(source, index)}: no such file. ${shard} is one of several files with weights, which this index lists. Download the index.`;
    throw new BertieError("weights/shards", text);
  }
  const file = await tensorflowIndex(source, entries);
  const bytes = file === undefined ? undefined : await source.read(file);
  return file === undefined || bytes === undefined ? undefined : { file, bytes };
}

async function tensorflowIndex(source: FileSource, entries: readonly string[]): Promise<string | undefined> {
  const indexes = entries.filter((entry) => entry.endsWith(".index"));
  if (indexes.length === 1) return indexes[0];
  const latest = await source.read("checkpoint");
  const text = latest && new TextDecoder().decode(latest.subarray(0, 1 << 12));
  const path = /^model_checkpoint_path: "([^"]+)"/m.exec(text ?? "")?.[1];
  const name = path === undefined ? undefined : `${path.split(/[/\\]/).at(-1)}.index`;
  if (name !== undefined && (indexes.length === 0 || indexes.includes(name))) return name;
  if (indexes.length < 2) return undefined;
  const several = `${source.name}: found the TensorFlow checkpoints ${listed(indexes)}. Name one with --init-checkpoint.`;
  throw new BertieError("weights/tensorflow", several);
}

/**
 * Returns the error for a model directory without weights that Bertie can read. The message lists the files of the
 * directory.
 *
 * @param entries names of all files of the directory; undefined if they are unknown
 * @param options.isClassifier whether the configuration has labels
 * @param options.allowsRandom whether the model is to be trained, which can start from random weights
 */
export function noWeightsError(
  name: string,
  entries: readonly string[] | undefined,
  { isClassifier, allowsRandom }: { readonly isClassifier: boolean; readonly allowsRandom: boolean },
): BertieError {
  const expected = "model.safetensors, pytorch_model.bin or a TensorFlow checkpoint";
  const found = entries === undefined ? "" : ` It contains ${listed(entries)}.`;
  for (const [pattern, convert] of OTHER_FORMATS) {
    const file = entries?.find((entry) => pattern.test(entry));
    if (file === undefined) continue;
    const text = `${name}: the weights are in ${file}, which Bertie cannot read; expected ${expected}.${found} ${convert(name, isClassifier)}`;
    return new BertieError("weights/unknown-format", text);
  }
  const random = allowsRandom ? " To train from random weights instead, set randomWeights (--random-weights)." : "";
  const [where, remedy] =
    name === ""
      ? ["no weights:", "Set the model directory (--model), or pass the file with the weights as --init-checkpoint."]
      : [
          `${name}: the directory has no weights that Bertie can read;`,
          "Download the weights, or pass their file as --init-checkpoint.",
        ];
  return new BertieError("weights/missing", `${where} expected ${expected}.${found} ${remedy}${random}`);
}

/** Returns names as a list for a message. */
export function listed(names: readonly string[]): string {
  if (names.length === 0) return "no files";
  const shown = names.slice(0, MAX_LISTED).map((name) => (/^[\w.()/ -]{1,100}$/.test(name) ? name : quote(name)));
  return names.length > MAX_LISTED ? `${shown.join(", ")} and ${names.length - MAX_LISTED} more` : shown.join(", ");
}
