import { BertieError, type FileSource, filePath } from "@bertie/common";
import { readWeights } from "./read-weights.ts";
import { readShards } from "./shards.ts";
import type { NamedTensors } from "./tensor.ts";
import { withPytorchNames } from "./tensorflow/bert-names.ts";
import { readBundle } from "./tensorflow/bundle.ts";

/** Files that contain the weights of a model directory, in the order of preference of transformers. */
export const WEIGHT_FILES = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
  "bert_model.ckpt.index",
] as const;

/**
 * Reads the weights that a file contains or lists: safetensors, a PyTorch file, the index of a model that is split into
 * several files (`….index.json`), or the index of a TensorFlow checkpoint (`….index`). Further files are read from the same
 * directory, one at a time.
 *
 * @param source directory of the file
 * @param file name of the file
 * @param bytes contents of the file
 * @throws BertieError "weights/…" if a file is damaged, missing or not supported
 */
export async function readWeightFile(source: FileSource, file: string, bytes: Uint8Array): Promise<NamedTensors> {
  const name = filePath(source, file);
  if (file.endsWith(".index.json")) return readShards(source, file, bytes);
  if (!file.endsWith(".index")) return readWeights(bytes, name);
  const prefix = file.slice(0, -".index".length);
  const readShard = async (suffix: string) => {
    const shard = filePath(source, `${prefix}${suffix}`);
    const contents = await source.read(`${prefix}${suffix}`);
    if (contents !== undefined) return { name: shard, bytes: contents };
    const text = `${shard}: no such file. The index ${name} requires it. Download the file.`;
    throw new BertieError("weights/tensorflow", text);
  };
  return withPytorchNames(await readBundle(bytes, name, readShard));
}
