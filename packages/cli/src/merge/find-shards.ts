import { existsSync } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parseManifest, type ShardManifest } from "./shard-manifest.ts";

const MANIFEST = ".manifest.json";
/** Directory of a shard of `bertie predict`. */
const PART_DIRECTORY = /^part-\d{5,6}-of-\d{5,6}$/;
/** File or directory that a shard writes to until it is complete. */
const STAGED = /^\..+\.[0-9a-f]{8}$|^part-\d{5,6}-of-\d{5,6}\.unfinished$/;

/** A shard's manifest, and where its files are. */
export interface FoundShard extends ShardManifest {
  /** Path of the main output file, by which messages name the shard. */
  readonly name: string;
  readonly directory: string;
}

export interface FoundShards {
  readonly shards: readonly FoundShard[];
  /** What is wrong with the files that were found, one line each. */
  readonly problems: readonly string[];
  /** Files and directories of runs that did not finish. */
  readonly leftovers: readonly string[];
}

/**
 * Finds the shards that paths name: output files, manifests, and directories, whose shards are all used. Other output files of
 * a shard, such as its index, can be named in addition.
 */
export async function findShards(paths: readonly string[]): Promise<FoundShards> {
  const manifests = new Map<string, { readonly path: string; readonly isNamed: boolean }>();
  const problems: string[] = [];
  const others: string[] = [];
  const directories = new Set<string>();
  const add = async (path: string, isNamed: boolean) => {
    directories.add(dirname(path));
    const key = await realpath(path);
    if (!manifests.has(key)) manifests.set(key, { path, isNamed });
  };
  for (const path of paths) {
    const stats = await stat(path).catch(() => undefined);
    if (stats?.isDirectory()) {
      const found = await manifestsIn(path);
      directories.add(path);
      for (const each of found) await add(each, false);
      if (found.length === 0) problems.push(`${path}: the directory has no complete shards. Check the path.`);
    } else if (path.endsWith(MANIFEST) && stats !== undefined) await add(path, true);
    else if (existsSync(path + MANIFEST)) await add(path + MANIFEST, true);
    else others.push(path);
  }
  const shards: FoundShard[] = [];
  for (const { path, isNamed } of manifests.values()) {
    const name = path.slice(0, -MANIFEST.length);
    const manifest = parseManifest(await readFile(path, "utf8"));
    if (manifest === "whole") {
      if (isNamed) problems.push(`${name}: the manifest is of a whole input, not of a shard. Remove this argument.`);
    } else if ("problem" in manifest) problems.push(`${name}: ${manifest.problem}`);
    else if (manifest.outputs[0]!.path !== basename(name))
      problems.push(
        `${path}: the manifest describes ${manifest.outputs[0]!.path}. Rename the files back, or run the shard again.`,
      );
    else shards.push({ ...manifest, name, directory: dirname(path) });
  }
  const outputs = new Set(
    shards.flatMap(({ outputs: each, directory }) => each.map(({ path }) => join(directory, path))),
  );
  for (const path of others) {
    if (outputs.has(join(path))) continue;
    const reason = existsSync(path)
      ? `it has no manifest (${basename(path)}${MANIFEST}), so it is not complete`
      : "no such file";
    problems.push(`${path}: ${reason}. Check the path, or run the shard again.`);
  }
  return { shards, problems, leftovers: await leftoversIn(directories) };
}

async function manifestsIn(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of (await readdir(directory)).sort()) {
    if (entry.endsWith(MANIFEST)) found.push(join(directory, entry));
    else if (PART_DIRECTORY.test(entry)) found.push(...(await manifestsIn(join(directory, entry))));
  }
  return found;
}

/** Returns the staged files in directories, and next to the directories of parts. */
async function leftoversIn(directories: ReadonlySet<string>): Promise<string[]> {
  const parents = [...directories].filter((path) => PART_DIRECTORY.test(basename(path))).map(dirname);
  const found: string[] = [];
  for (const directory of new Set([...directories, ...parents])) {
    const names = await readdir(directory === "" ? "." : directory).catch(() => []);
    found.push(...names.filter((name) => STAGED.test(name)).map((name) => join(directory, name)));
  }
  return found.sort();
}
