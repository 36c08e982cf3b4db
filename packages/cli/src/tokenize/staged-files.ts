import { randomUUID } from "node:crypto";
import { closeSync, existsSync, fdatasync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { link, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createDirectories, removeEmptyDirectories, syncDirectory, whyNotCreated } from "@bertie/classifier/node";
import { BertieError } from "@bertie/common";
import type { FileHashes } from "./file-hashes.ts";

/** Complete output file. */
export interface OutputFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** File that is being written. */
export interface StagedFile {
  /** Appends bytes. */
  write(bytes: Uint8Array): void;
  /** Overwrites the start of the file. */
  overwrite(bytes: Uint8Array): void;
  /** Returns the number of bytes written so far. */
  size(): number;
}

/** Files that are published together. Until then, each file is written under a temporary name in its directory. */
export interface StagedFiles {
  /**
   * Creates a file.
   *
   * @param options `rewritable` allows {@link StagedFile.overwrite}; the file is then hashed at the end
   */
  create(path: string, options?: { readonly rewritable: boolean }): StagedFile;
  /** Waits until the files accept more bytes, if they are written slower than the program produces them. */
  drained(): Promise<void>;
  /** Flushes and closes all files created so far, and returns their sizes and hashes. */
  complete(): Promise<OutputFile[]>;
  /** Moves the files to their paths, in the order of creation. */
  publish(): Promise<void>;
  /** Removes the files that are not published; does nothing after `publish`. */
  discard(): Promise<void>;
}

/** Number of bytes between two background syncs, which shorten the final sync. */
const SYNC_BYTES = 1 << 25;

interface Entry {
  readonly path: string;
  readonly staging: string;
  output: OutputFile | undefined;
  /** Closes the file; with `sync`, flushes it to the disk first. */
  close(sync: boolean): Promise<void>;
  describe(): OutputFile;
}

/**
 * Prepares output files. None of the paths may exist; missing directories are created.
 *
 * @throws BertieError "output/exists" or "output/unusable"
 */
export async function stageFiles(paths: readonly string[], hashes: FileHashes): Promise<StagedFiles> {
  /** Directories that were created, each with the topmost of its parents that was created. */
  const createdDirectories: { readonly directory: string; readonly first: string }[] = [];
  for (const path of paths) {
    if (existsSync(path))
      throw new BertieError(
        "output/exists",
        `${path}: the output file already exists. Delete it or choose another --output.`,
      );
    const directory = dirname(path);
    const first = await createDirectories(directory).catch(async (cause: unknown) => {
      throw unusable(path, cause, await whyNotCreated(cause));
    });
    if (first !== undefined) createdDirectories.push({ directory, first });
  }
  const entries: Entry[] = [];

  return {
    create(path, { rewritable } = { rewritable: false }) {
      const staging = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}`);
      const { file, entry } = startFile(path, staging, rewritable, hashes);
      entries.push(entry);
      return file;
    },
    // Writing to a file is synchronous.
    drained: async () => {},
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
          await moveWithoutReplacing(staging, path);
          placed.push(path);
        }
      } catch (cause) {
        for (const path of placed) await unlink(path);
        throw cause;
      }
      for (const directory of new Set(placed.map(dirname))) await syncDirectory(directory);
      entries.length = 0;
      createdDirectories.length = 0;
    },
    async discard() {
      for (const entry of entries) {
        await entry.close(false);
        rmSync(entry.staging, { force: true });
      }
      for (const { directory, first } of createdDirectories) await removeEmptyDirectories(directory, first);
      entries.length = 0;
      createdDirectories.length = 0;
    },
  };
}

function startFile(
  path: string,
  staging: string,
  rewritable: boolean,
  hashes: FileHashes,
): { file: StagedFile; entry: Entry } {
  const handle = createFile(staging, path);
  let isOpen = true;
  let size = 0;
  let unsynced = 0;
  let syncing: Promise<void> | undefined;

  function writeAt(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; )
      done += writeSync(handle, bytes, done, bytes.length - done, position + done);
  }

  /** Flushes the file to the disk in the background. */
  function startSync(): void {
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
    async close(sync) {
      if (!isOpen) return;
      isOpen = false;
      await syncing;
      if (sync) fsyncSync(handle);
      closeSync(handle);
    },
    describe() {
      if (rewritable) hashes.updateFromFile(staging, { path: staging, from: 0, to: size });
      return { path, bytes: size, sha256: hashes.digest(staging) };
    },
  };
  const file: StagedFile = {
    write(bytes) {
      writeAt(bytes, size);
      if (!rewritable) hashes.update(staging, bytes);
      size += bytes.length;
      unsynced += bytes.length;
      if (unsynced >= SYNC_BYTES && syncing === undefined) startSync();
    },
    overwrite: (bytes) => writeAt(bytes, 0),
    size: () => size,
  };
  return { file, entry };
}

/** Moves a file, and fails if the target exists, on file systems that support hard links. */
async function moveWithoutReplacing(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
    await unlink(from);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST")
      throw new BertieError(
        "output/exists",
        `${to}: another program created the output file during the run. Choose another --output.`,
      );
    await rename(from, to);
  }
}

function createFile(staging: string, path: string): number {
  try {
    return openSync(staging, "wx");
  } catch (cause) {
    throw unusable(path, cause);
  }
}

function unusable(path: string, cause: unknown, reason = (cause as NodeJS.ErrnoException).code): BertieError {
  const text = `${path}: the output file cannot be written (${reason ?? cause}). Check the directory and its permissions.`;
  return new BertieError("output/unusable", text, { cause });
}
