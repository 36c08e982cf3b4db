import { randomUUID } from "node:crypto";
import { closeSync, existsSync, fdatasync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { link, mkdir, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { removeEmptyDirectories, syncDirectory } from "@bertie/classifier/node";
import { BertieError } from "@bertie/common";
import type { FileHashes } from "./file-hashes.ts";

/** What became of a file. */
export interface OutputFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A file in the making. */
export interface StagedFile {
  /** Adds bytes to its end. */
  write(bytes: Uint8Array): void;
  /** Writes over its beginning. */
  overwrite(bytes: Uint8Array): void;
  /** Bytes so far. */
  size(): number;
}

/** Files that appear together, or not at all: each is staged beside its place. */
export interface StagedFiles {
  /** Starts a file; its beginning may be written over later only if that is said now. */
  create(path: string, options?: { readonly overwritten: boolean }): StagedFile;
  /** Ends the writing of all files there are by now, and tells what is in them. */
  complete(): Promise<OutputFile[]>;
  /** Puts the files in their places, in the order in which they were started. */
  publish(): Promise<void>;
  /** Removes what is not in its place; does nothing after `publish`. */
  discard(): Promise<void>;
}

/** So much is written before the disk is asked to keep it: at the end little is left to wait for. */
const SYNC_BYTES = 1 << 25;

interface Entry {
  readonly path: string;
  readonly staging: string;
  output: OutputFile | undefined;
  /** Ends the writing; `keep` asks for what was written, on the disk. */
  close(keep: boolean): Promise<void>;
  describe(): OutputFile;
}

/**
 * Starts output files, none of which may be there yet. Their directory is made if it is missing.
 *
 * @throws BertieError "output/exists" or "output/unusable"
 */
export async function stageFiles(paths: readonly string[], hashes: FileHashes): Promise<StagedFiles> {
  /** The directory that was made for each path, from which on those below it were made, too. */
  const made: { readonly directory: string; readonly first: string }[] = [];
  for (const path of paths) {
    if (existsSync(path))
      throw new BertieError("output/exists", `${path}: the file is there already; delete it or give another --output`);
    const directory = dirname(path);
    const first = await mkdir(directory, { recursive: true }).catch((cause: unknown) => {
      throw unusable(path, cause);
    });
    if (first !== undefined) made.push({ directory, first });
  }
  const entries: Entry[] = [];

  return {
    create(path, { overwritten } = { overwritten: false }) {
      const staging = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}`);
      const { file, entry } = startFile(path, staging, overwritten, hashes);
      entries.push(entry);
      return file;
    },
    async complete() {
      const outputs: OutputFile[] = [];
      for (const entry of entries) {
        await entry.close(true);
        entry.output ??= entry.describe();
        outputs.push(entry.output);
      }
      return outputs;
    },
    async publish() {
      const placed: string[] = [];
      try {
        for (const { staging, path } of entries) {
          await place(staging, path);
          placed.push(path);
        }
      } catch (cause) {
        for (const path of placed) await unlink(path);
        throw cause;
      }
      for (const directory of new Set(placed.map(dirname))) await syncDirectory(directory);
      entries.length = 0;
      made.length = 0;
    },
    async discard() {
      for (const entry of entries) {
        await entry.close(false);
        rmSync(entry.staging, { force: true });
      }
      for (const { directory, first } of made) await removeEmptyDirectories(directory, first);
      entries.length = 0;
      made.length = 0;
    },
  };
}

function startFile(
  path: string,
  staging: string,
  overwritten: boolean,
  hashes: FileHashes,
): { file: StagedFile; entry: Entry } {
  const handle = openNew(staging, path);
  let isOpen = true;
  let size = 0;
  let unsynced = 0;
  let syncing: Promise<void> | undefined;

  function writeAt(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; )
      done += writeSync(handle, bytes, done, bytes.length - done, position + done);
  }

  /** Has the disk take what there is while we go on. */
  function syncSoon(): void {
    unsynced = 0;
    syncing = new Promise((resolve) => {
      fdatasync(handle, () => {
        syncing = undefined;
        resolve();
      });
    });
  }

  const entry: Entry = {
    path,
    staging,
    output: undefined,
    async close(keep) {
      if (!isOpen) return;
      isOpen = false;
      await syncing;
      if (keep) fsyncSync(handle);
      closeSync(handle);
    },
    describe() {
      if (overwritten) hashes.updateFromFile(staging, { path: staging, from: 0, to: size });
      return { path, bytes: size, sha256: hashes.digest(staging) };
    },
  };
  const file: StagedFile = {
    write(bytes) {
      writeAt(bytes, size);
      if (!overwritten) hashes.update(staging, bytes);
      size += bytes.length;
      unsynced += bytes.length;
      if (unsynced >= SYNC_BYTES && syncing === undefined) syncSoon();
    },
    overwrite: (bytes) => writeAt(bytes, 0),
    size: () => size,
  };
  return { file, entry };
}

/** Moves a file to where none may have come to be meanwhile, on file systems that can tell. */
async function place(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
    await unlink(from);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST")
      throw new BertieError("output/exists", `${to}: the file has come to be meanwhile; give another --output`);
    await rename(from, to);
  }
}

function openNew(staging: string, path: string): number {
  try {
    return openSync(staging, "wx");
  } catch (cause) {
    throw unusable(path, cause);
  }
}

function unusable(path: string, cause: unknown): BertieError {
  const { code } = cause as NodeJS.ErrnoException;
  return new BertieError("output/unusable", `${path}: nothing can be written there (${code ?? cause})`, { cause });
}
