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
  for (const [i, input] of first.inputs.entries()) {
    if (first.options.hash_inputs !== true || input.read === null) continue;
    const { path } = input;
    const expected = (first.json.inputs as { readonly sample_sha256?: unknown }[])[i]!.sample_sha256;
    if (isRemote(path)) {
      warnings.push(`${path}: remote files are not read again, so the manifest has no hash of it`);
      continue;
    }
    if (sampleHash(path) !== expected) {
      warnings.push(`${path}: not found, or changed since it was tokenized, so the manifest has no hash of it`);
      continue;
    }
    const files = createFileHashes();
    for (const { inputs, name, shard } of shards) {
      const { read, sha256 } = inputs[i]!;
      const [from, to] = read!;
      const part = `part ${shard.index}`;
      for (const key of ["whole", part]) files.updateFromFile(key, { path, from, to });
      if (sha256 !== null && files.digest(part) !== sha256)
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
