import { basename } from "node:path";
import { isRemote } from "@bertie/common";
import { formatJson } from "../report/json-lines.ts";
import { sampleHash } from "../shards/sample-hash.ts";
import { createFileHashes } from "../tokenize/file-hashes.ts";
import type { OutputFile } from "../tokenize/staged-files.ts";
import type { FoundShard } from "./find-shards.ts";

const SUMS = ["records", "tokens", "text_bytes", "invalid_records", "seconds"];

/** Hashes of divided inputs by input index, and what prevents them. */
export interface WholeHashes {
  readonly hashes: ReadonlyMap<number, string>;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Hashes the inputs of which each shard has hashed its part (`--hash-inputs`), and compares the parts. The hash of a whole file
 * cannot be computed from the hashes of its parts, so the inputs are read again.
 *
 * @param shards in the order of their numbers
 */
export function hashWholeInputs(shards: readonly FoundShard[]): WholeHashes {
  const hashes = new Map<number, string>();
  const problems: string[] = [];
  const warnings: string[] = [];
  const [first] = shards as [FoundShard];
  if (first.options.hash_inputs !== true) return { hashes, problems, warnings };
  for (const [i, { path, read: part, sample_sha256: sample }] of first.inputs.entries()) {
    if (part === null) continue;
    const reason = isRemote(path)
      ? "remote files are not read again"
      : sampleHash(path) !== sample && "the file was not found, or has changed since it was tokenized";
    if (reason) {
      warnings.push(`${path}: the manifest does not contain the hash of this input, because ${reason}`);
      continue;
    }
    const files = createFileHashes();
    for (const { inputs, name, shard } of shards) {
      const { read, sha256 } = inputs[i]!;
      const [from, to] = read!;
      const own = `part ${shard.index}`;
      for (const key of ["whole", own]) files.updateFromFile(key, { path, from, to });
      if (sha256 !== null && files.digest(own) !== sha256)
        problems.push(`${name}: ${path} has changed since this shard read it. Run the shard again.`);
    }
    hashes.set(i, files.digest("whole"));
    files.close();
  }
  return { hashes, problems, warnings };
}

/**
 * Formats the manifest of the merged output, which is the manifest of a run without shards.
 *
 * @param shards in the order of their numbers
 */
export function formatMergedManifest(
  shards: readonly FoundShard[],
  outputs: readonly OutputFile[],
  hashes: ReadonlyMap<number, string>,
): string {
  const [first] = shards as [FoundShard];
  const { pieces: _, ...json } = first.json;
  const merged = Object.entries(json).map(([key, value]) => {
    if (SUMS.includes(key)) return [key, shards.reduce((sum, shard) => sum + Number(shard.json[key]), 0)];
    if (key === "shard") return [key, null];
    if (key === "inputs") return [key, (value as object[]).map((input, i) => mergedInput(input, first, i, hashes))];
    if (key === "outputs")
      return [key, outputs.map(({ path, bytes, sha256 }) => ({ path: basename(path), bytes, sha256 }))];
    return [key, value];
  });
  return formatJson(Object.fromEntries(merged));
}

function mergedInput(input: object, first: FoundShard, i: number, hashes: ReadonlyMap<number, string>): object {
  const { read, bytes, sha256 } = first.inputs[i]!;
  if (read === null) return { ...input, sha256: first.options.hash_inputs === true ? sha256 : null };
  return { ...input, read: [0, bytes], sha256: hashes.get(i) ?? null };
}
