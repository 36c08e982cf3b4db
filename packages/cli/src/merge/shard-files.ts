import { existsSync, statSync } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ShardManifest } from "./shard-manifest.ts";

/** The files of shards on a disk or on a store. */
export interface ShardFiles {
  /** Returns the files and directories that an argument names, which may be a pattern; none if nothing matches. */
  expand(path: string): Promise<readonly string[]>;
  isDirectory(path: string): Promise<boolean>;
  isFile(path: string): Promise<boolean>;
  /** Returns the sorted names of the files and directories in a directory. */
  list(directory: string): Promise<readonly string[]>;
  readText(path: string): Promise<string>;
  /** Returns a name that a file has only once. */
  identify(path: string): Promise<string>;
  /** Returns a directory on disk for the output files of the shard in a directory. */
  directoryOnDisk(directory: string): string;
  /**
   * Makes output files available in the directory on disk, unless their size differs from the manifest.
   *
   * @returns the size of each file; undefined for a file that does not exist
   */
  retrieve(
    directory: string,
    onDisk: string,
    outputs: ShardManifest["outputs"],
  ): Promise<readonly (number | undefined)[]>;
}

/** Files of shards on a disk. */
export const filesOnDisk: ShardFiles = {
  expand: async (path) => [path],
  isDirectory: (path) =>
    stat(path).then(
      (stats) => stats.isDirectory(),
      () => false,
    ),
  isFile: async (path) => existsSync(path),
  list: async (directory) => (await readdir(directory === "" ? "." : directory)).sort(),
  readText: (path) => readFile(path, "utf8"),
  identify: (path) => realpath(path),
  directoryOnDisk: (directory) => directory,
  retrieve: async (directory, _, outputs) =>
    outputs.map(({ path }) => statSync(join(directory, path), { throwIfNoEntry: false })?.size),
};
