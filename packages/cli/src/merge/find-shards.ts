import { basename } from "node:path";
import { isRemote } from "@bertie/common";
import { directoryOf, joinLocation } from "../shards/join-location.ts";
import { MANIFEST } from "../tokenize/manifest.ts";
import { filesOnDisk, type ShardFiles } from "./shard-files.ts";
import { parseManifest, type ShardManifest } from "./shard-manifest.ts";

/** Directory of a shard of `bertie predict`. */
const PART_DIRECTORY = /^part-\d{5,6}-of-\d{5,6}$/;
/** File or directory that a shard writes to until it is complete. */
const STAGED = /^\..+\.[0-9a-f]{8}$|^part-\d{5,6}-of-\d{5,6}\.unfinished$/;
/** Start of the names of a shard's files. */
const SHARD_NAME = /^.*-\d{5,6}-of-\d{5,6}(?=\.)/;

/** A shard's manifest, and where its files are. */
export interface FoundShard extends ShardManifest {
  /** Path of the main output file, by which messages name the shard. */
  readonly name: string;
  /** Directory on disk, in which the output files are after {@link FoundShard.retrieve}. */
  readonly directory: string;
  /** Returns the path or location of an output file, by which messages name it. */
  readonly locate: (output: string) => string;
  /** Downloads the output files if they are on a store, and returns their sizes; undefined for missing files. */
  readonly retrieve: () => Promise<readonly (number | undefined)[]>;
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
 *
 * @param stored access to the files at `s3://…`
 * @throws BertieError "store/…" if a store cannot be used
 */
export async function findShards(paths: readonly string[], stored: ShardFiles): Promise<FoundShards> {
  const filesOf = (path: string) => (isRemote(path) ? stored : filesOnDisk);
  const manifests = new Map<string, { readonly path: string; readonly isNamed: boolean }>();
  const problems: string[] = [];
  const others: string[] = [];
  const directories = new Set<string>();
  const add = async (path: string, isNamed: boolean) => {
    directories.add(directoryOf(path));
    const key = await filesOf(path).identify(path);
    if (!manifests.has(key)) manifests.set(key, { path, isNamed });
  };
  for (const path of await expand(paths, filesOf, problems)) {
    const files = filesOf(path);
    if (await files.isDirectory(path)) {
      const found = await manifestsIn(path, files);
      directories.add(path);
      for (const each of found) await add(each, false);
      if (found.length === 0) problems.push(`${path}: the directory has no complete shards. Check the path.`);
    } else if (path.endsWith(MANIFEST) && (await files.isFile(path))) await add(path, true);
    else if (await files.isFile(path + MANIFEST)) await add(path + MANIFEST, true);
    else others.push(path);
  }
  const shards: FoundShard[] = [];
  for (const { path, isNamed } of manifests.values()) {
    const name = path.slice(0, -MANIFEST.length);
    const files = filesOf(path);
    const manifest = parseManifest(await files.readText(path));
    if (manifest === "whole") {
      if (isNamed) problems.push(`${name}: the manifest is of a whole input, not of a shard. Remove this argument.`);
    } else if ("problem" in manifest) problems.push(`${name}: ${manifest.problem}`);
    else if (manifest.outputs[0]!.path !== basename(name))
      problems.push(
        `${path}: the manifest describes ${manifest.outputs[0]!.path}. Rename the files back, or run the shard again.`,
      );
    else shards.push({ ...manifest, name, ...placeOf(directoryOf(path), files, manifest) });
  }
  const outputs = new Set(shards.flatMap(({ outputs: each, locate }) => each.map(({ path }) => locate(path))));
  for (const path of others) {
    if (outputs.has(joinLocation(directoryOf(path), basename(path)))) continue;
    const reason = (await filesOf(path).isFile(path))
      ? `it has no manifest (${basename(path)}${MANIFEST}), so it is not complete`
      : "no such file";
    problems.push(`${path}: ${reason}. Check the path, or run the shard again.`);
  }
  return { shards, problems, leftovers: await leftoversIn(directories, filesOf) };
}

/** Returns the files and directories that the arguments name. */
async function expand(
  paths: readonly string[],
  filesOf: (path: string) => ShardFiles,
  problems: string[],
): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if (isRemote(path) && /^https?:/i.test(path)) {
      problems.push(`${path}: shards cannot be read from an HTTP server. Download them, and name their directory.`);
      continue;
    }
    const matches = await filesOf(path).expand(path);
    if (matches.length === 0) problems.push(`${path}: no object matches this pattern. Check the pattern.`);
    found.push(...matches);
  }
  return found;
}

function placeOf(
  source: string,
  files: ShardFiles,
  { outputs }: ShardManifest,
): Pick<FoundShard, "directory" | "locate" | "retrieve"> {
  const directory = files.directoryOnDisk(source);
  return {
    directory,
    locate: (output) => joinLocation(source, output),
    retrieve: () => files.retrieve(source, directory, outputs),
  };
}

async function manifestsIn(directory: string, files: ShardFiles): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await files.list(directory)) {
    const path = joinLocation(directory, entry);
    if (entry.endsWith(MANIFEST)) found.push(path);
    else if (PART_DIRECTORY.test(entry)) found.push(...(await manifestsIn(path, files)));
  }
  return found;
}

/**
 * Returns what runs left that did not finish, in directories and next to the directories of parts: staged files, and published
 * files without their manifest, which is published last.
 */
async function leftoversIn(directories: ReadonlySet<string>, filesOf: (path: string) => ShardFiles): Promise<string[]> {
  const found: string[] = [];
  const paths = [...directories];
  const parents = paths.filter(isPartDirectory).map((path) => directoryOf(path.replace(/\/$/, "")));
  for (const directory of new Set([...paths, ...parents])) {
    const names = await filesOf(directory)
      .list(directory)
      .catch(() => []);
    const complete = new Set(names.filter((name) => name.endsWith(MANIFEST)).map(shardNameOf));
    for (const name of names) {
      const path = joinLocation(directory, name);
      if (STAGED.test(name)) found.push(path);
      else if (SHARD_NAME.test(name) && !complete.has(shardNameOf(name))) found.push(path);
      else if (PART_DIRECTORY.test(name) && (await manifestsIn(path, filesOf(path))).length === 0) found.push(path);
    }
  }
  return [...new Set(found)].sort();
}

function isPartDirectory(path: string): boolean {
  return PART_DIRECTORY.test(basename(path));
}

function shardNameOf(name: string): string | undefined {
  return SHARD_NAME.exec(name)?.[0];
}
