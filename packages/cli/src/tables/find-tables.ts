import { readdir, stat } from "node:fs/promises";
import { basename, isAbsolute, join } from "node:path";
import { BertieError, isRemote } from "@bertie/common";

/** Paths of the tables of each set. `-` is stdin. */
export interface FoundTables {
  readonly train: readonly string[];
  readonly evaluation: readonly string[];
  readonly test: readonly string[];
  /** How the sets of a directory were recognized, one line per directory. */
  readonly notes: readonly string[];
}

type SetName = "train" | "evaluation" | "test";

/** Extensions of tables, which a directory is searched for. */
const TABLE = /\.(csv|tsv|jsonl|ndjson|json|parquet|txt)(\.(gz|zst))?$/i;

/** Names of files, before the extension, that belong to a set. */
const SET_NAMES: readonly (readonly [SetName, RegExp])[] = [
  ["train", /^train(ing)?\b|[-_.]train(ing)?\b/i],
  ["evaluation", /^(dev|valid(ation)?|val|eval(uation)?)\b|[-_.](dev|valid(ation)?|val|eval)\b/i],
  ["test", /^test(ing)?\b|[-_.]test\b/i],
];

/**
 * Finds the tables that paths name: files, `-` for stdin, glob patterns such as `data/*.csv`, directories, and `s3://…` and
 * `https://…`, where patterns of keys and prefixes that end with a slash name several objects. The tables of a directory
 * belong to the set that their names start or end with: train, dev (or valid, val, eval) and test. If no name says "train",
 * the tables without the name of a set are the training set.
 *
 * @throws BertieError "input/missing-file" if a path or pattern matches nothing, "input/no-tables" if a directory has no
 *   tables
 */
export async function findTables(paths: readonly string[]): Promise<FoundTables> {
  const found = { train: [] as string[], evaluation: [] as string[], test: [] as string[], notes: [] as string[] };
  for (const path of paths) {
    if (isRemote(path)) {
      await addRemote(path, found);
      continue;
    }
    const stats = path === "-" ? undefined : await stat(path).catch(() => undefined);
    if (stats?.isDirectory()) await addDirectory(path, found);
    else if (path !== "-" && stats === undefined) found.train.push(...(await expandPattern(path)));
    else found.train.push(path);
  }
  return found;
}

/** Finds the files that paths name, for a set that the user has named: all tables of a directory belong to it. */
export async function findTablesOfSet(paths: readonly string[]): Promise<readonly string[]> {
  const { train, evaluation, test } = await findTables(paths);
  return [...train, ...evaluation, ...test];
}

async function addDirectory(
  directory: string,
  found: Record<SetName, string[]> & { readonly notes: string[] },
): Promise<void> {
  addTables(directory, await readdir(directory), (name) => join(directory, name), found);
}

async function addRemote(
  location: string,
  found: Record<SetName, string[]> & { readonly notes: string[] },
): Promise<void> {
  const { expandLocation } = await import("@bertie/stores");
  const paths = await expandLocation(location);
  if (!location.endsWith("/") || paths.includes(location)) {
    found.train.push(...paths);
    return;
  }
  const names = paths.map((path) => path.slice(location.length)).filter((name) => !name.includes("/"));
  addTables(location, names, (name) => location + name, found);
}

function addTables(
  directory: string,
  entries: readonly string[],
  pathOf: (name: string) => string,
  found: Record<SetName, string[]> & { readonly notes: string[] },
): void {
  const names = entries.filter((name) => TABLE.test(name) && !name.startsWith(".")).sort();
  if (names.length === 0) {
    const kinds = ".csv, .tsv, .jsonl, .json, .parquet or .txt";
    const text = `${directory}: the directory has no tables (${kinds}, or these with .gz or .zst). Check the path.`;
    throw new BertieError("input/no-tables", text);
  }
  const sets: Record<SetName | "other", string[]> = { train: [], evaluation: [], test: [], other: [] };
  for (const name of names) sets[setOf(name)].push(name);
  const unused = sets.train.length > 0 ? sets.other : [];
  if (sets.train.length === 0) sets.train = sets.other;
  for (const set of ["train", "evaluation", "test"] as const) found[set].push(...sets[set].map(pathOf));
  const described = (["train", "evaluation", "test"] as const)
    .filter((set) => sets[set].length > 0)
    .map((set) => `${set}: ${sets[set].join(", ")}`);
  if (unused.length > 0) described.push(`not used: ${unused.join(", ")}`);
  found.notes.push(`${directory}: ${described.join("; ")}`);
}

function setOf(name: string): SetName | "other" {
  const stem = basename(name).replace(TABLE, "");
  return SET_NAMES.find(([, pattern]) => pattern.test(stem))?.[0] ?? "other";
}

async function expandPattern(pattern: string): Promise<string[]> {
  const { glob, isDynamicPattern } = await import("tinyglobby");
  if (isDynamicPattern(pattern)) {
    const absolute = isAbsolute(pattern);
    const files = await glob(pattern.replaceAll("\\", "/"), { onlyFiles: true, expandDirectories: false, absolute });
    if (files.length > 0) return files.sort();
    throw new BertieError("input/missing-file", `${pattern}: no file matches this pattern. Check the path.`);
  }
  throw new BertieError("input/missing-file", `${pattern}: no such file. Check the path.`);
}
