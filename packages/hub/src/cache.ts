import type { HubFile } from "./repository.ts";

/** Bytes of a file that have been downloaded so far. */
export interface PartialFile {
  /** Number of bytes. */
  readonly size: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Discards all bytes. */
  clear(): Promise<void>;
}

/** Files of models, by repository and commit. */
export interface HubCache {
  /** Name of the cache in messages. */
  readonly name: string;
  /** Returns the commit that a branch or tag referred to when it was last used; undefined if the cache does not contain it. */
  readRef(repo: string, revision: string): Promise<string | undefined>;
  writeRef(repo: string, revision: string, commit: string): Promise<void>;
  /** Returns the paths of all files of a commit, also of files that the cache does not contain; undefined if unknown. */
  readPaths(repo: string, commit: string): Promise<readonly string[] | undefined>;
  writePaths(repo: string, commit: string, paths: readonly string[]): Promise<void>;
  /** Returns the paths of the files of a commit that the cache contains. */
  list(repo: string, commit: string): Promise<readonly string[]>;
  read(repo: string, commit: string, path: string): Promise<Uint8Array | undefined>;
  /**
   * Adds a file to a commit, unless the cache contains it.
   *
   * @param fetchRest appends the missing bytes to the bytes that an interrupted download has left
   * @throws BertieError "hub/corrupt" if the bytes do not have the hash of the file; they are removed
   */
  add(repo: string, commit: string, file: HubFile, fetchRest: (part: PartialFile) => Promise<void>): Promise<void>;
}
