import { BertieError, type FileSource, filePath, jsonMembers, quote } from "@bertie/common";
import { readWeights } from "./read-weights.ts";
import type { NamedTensors, WeightTensor } from "./tensor.ts";

/** Maximum size of an index in bytes. The index of a model with 65,536 tensors has about 6 MB. */
const MAX_INDEX_BYTES = 1 << 24;
/** Maximum number of files. */
const MAX_FILES = 1000;

/**
 * Reads weights that are split into several files. The index maps the names of tensors to files of the same directory.
 *
 * Files are read one at a time, in the order of their names. The files must contain exactly the tensors that the index
 * assigns to them, and the directory must not contain further files of the same model.
 *
 * @param file name of the index, such as `model.safetensors.index.json`
 * @param index contents of the index
 * @throws BertieError "weights/shards" if a file or tensor is missing or unexpected, or if the index is not valid, and the
 *   errors of {@link readWeights}
 */
export async function readShards(source: FileSource, file: string, index: Uint8Array): Promise<NamedTensors> {
  const indexName = filePath(source, file);
  const filesOfTensors = readIndex(index, indexName);
  const files = [...new Set(filesOfTensors.values())].sort();
  await checkDirectory(source, file, files, indexName);
  const tensors = new Map<string, WeightTensor>();
  for (const shard of files) {
    const name = filePath(source, shard);
    const bytes = await source.read(shard);
    if (bytes === undefined) throw shardError(name, `no such file, but ${indexName} lists it. Download the file`);
    const found = readWeights(bytes, name);
    for (const [tensor, listed] of filesOfTensors) {
      if (listed === shard && !found.has(tensor)) {
        throw shardError(
          name,
          `tensor ${quote(tensor)} is missing, but ${indexName} lists it. Download the file again`,
        );
      }
    }
    for (const [tensor, contents] of found) {
      const listed = filesOfTensors.get(tensor);
      if (listed !== shard) {
        const expected = listed === undefined ? "does not list it" : `expects it in ${listed}`;
        throw shardError(
          name,
          `tensor ${quote(tensor)} is unexpected: ${indexName} ${expected}. Download all files again`,
        );
      }
      tensors.set(tensor, contents);
    }
  }
  return tensors;
}

function shardError(name: string, problem: string): BertieError {
  return new BertieError("weights/shards", `${name}: ${problem}.`);
}

/** Returns the file of each tensor. */
function readIndex(bytes: Uint8Array, name: string): ReadonlyMap<string, string> {
  const invalid = (problem: string) => shardError(name, `${problem}. Download the index again`);
  if (bytes.length > MAX_INDEX_BYTES) throw invalid(`expected at most ${MAX_INDEX_BYTES} bytes, found ${bytes.length}`);
  const files = new Map<string, string>();
  try {
    for (const [key, map] of jsonMembers(bytes)) {
      if (key !== "weight_map") continue;
      for (const [tensor, value] of jsonMembers(map)) {
        const file: unknown = JSON.parse(new TextDecoder().decode(value));
        if (typeof file !== "string" || !/^[^/\\\p{Cc}]{1,200}$/u.test(file) || file.startsWith(".")) {
          throw invalid(`tensor ${quote(tensor)} is in ${quote(file)}, but must be in a file of the same directory`);
        }
        if (files.has(tensor)) throw invalid(`tensor ${quote(tensor)} occurs twice`);
        files.set(tensor, file);
      }
    }
  } catch (error) {
    throw error instanceof SyntaxError ? invalid('expected JSON with an object "weight_map"') : error;
  }
  const count = new Set(files.values()).size;
  if (count === 0) throw invalid('"weight_map" is missing or empty');
  if (count > MAX_FILES) throw invalid(`expected at most ${MAX_FILES} files, found ${count}`);
  return files;
}

/** Throws if the directory contains files of the same model that the index does not list, as after an interrupted save. */
async function checkDirectory(
  source: FileSource,
  indexFile: string,
  files: readonly string[],
  indexName: string,
): Promise<void> {
  const [stem, extension] = /^(.+)\.([a-z]+)\.index\.json$/.exec(indexFile)?.slice(1) ?? [];
  const entries = (await source.list?.("")) ?? [];
  const isShard = (entry: string) =>
    entry.startsWith(`${stem}-`) && entry.endsWith(`.${extension}`) && /-\d{5}-of-\d{5}\.[a-z]+$/.test(entry);
  const unlisted = entries.find((entry) => isShard(entry) && !files.includes(entry));
  if (unlisted === undefined) return;
  const problem = `${indexName} does not list this file. Delete the file, or use the index that belongs to it`;
  throw shardError(filePath(source, unlisted), problem);
}
