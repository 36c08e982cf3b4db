import { join } from "node:path";
import { createFileHashes } from "../tokenize/file-hashes.ts";
import { NPY_HEADER_BYTES } from "../tokenize/formats/npy-header.ts";
import type { FoundShard } from "./find-shards.ts";

/**
 * Compares the sizes and hashes of a shard's output files with its manifest, after downloading them if they are on a store.
 *
 * @returns what is wrong, one line per file
 * @throws BertieError "store/…" or "output/not-written" if the files cannot be downloaded
 */
export async function verifyFiles(shard: FoundShard): Promise<string[]> {
  const { outputs, directory, locate, pieces, format, records } = shard;
  const sizes = await shard.retrieve();
  const problems = outputs.flatMap(({ path: name, bytes, sha256 }, i) => {
    const path = locate(name);
    const size = sizes[i];
    const again = "Delete the shard, and run it again.";
    if (size === undefined) return [`${path}: the file is missing. ${again}`];
    if (size < bytes) return [`${path}: the file is truncated: ${size} of ${bytes} bytes. ${again}`];
    if (size > bytes) return [`${path}: the file has ${size} bytes, but ${bytes} in the manifest. ${again}`];
    const hashes = createFileHashes();
    hashes.updateFromFile(path, { path: join(directory, name), from: 0, to: size });
    const isEqual = hashes.digest(path) === sha256;
    hashes.close();
    return isEqual ? [] : [`${path}: the file is damaged: its SHA-256 differs from the manifest. ${again}`];
  });
  if (problems.length > 0) return problems;
  const [main, index] = outputs as [FoundShard["outputs"][number], FoundShard["outputs"][number] | undefined];
  const contents = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
  const isComplete =
    contents <= main.bytes && (index === undefined || index.bytes === NPY_HEADER_BYTES + 8 * (records + 1));
  if (
    isComplete &&
    (format === "tsv" || format === "parquet" || contents === main.bytes - (format === "npy" ? NPY_HEADER_BYTES : 0))
  )
    return [];
  return [
    `${locate(main.path)}: the manifest does not describe this file, so it is damaged. Delete the shard, and run it again.`,
  ];
}
