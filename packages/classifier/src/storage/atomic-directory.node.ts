import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BertieError } from "@bertie/common";
import { syncDirectory } from "./files.node.ts";
import { createDirectories } from "./output-path.node.ts";
import { byteChunks, type Chunks, type StagedFolder, type WrittenFile } from "./storage.ts";

/** Writer of new files in a folder. */
export interface FolderWriter extends StagedFolder {
  /** Appends text to a file. */
  append(name: string, contents: string | Uint8Array): Promise<void>;
  /** Returns the sorted names of the files written so far. */
  names(): string[];
  /** Syncs and closes all files, and checks that every file still exists. */
  complete(): Promise<void>;
  /** Closes the files in a folder, which is about to be removed, and forgets them. */
  forget(folder: string): Promise<void>;
  /** Closes all files without syncing. */
  discard(): Promise<void>;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly hash: Hash;
  bytes: number;
}

/**
 * Creates a writer of files in an existing folder.
 *
 * All methods of the writer throw BertieError "output/not-written" if a file operation fails. The message names the file.
 */
export function createFolderWriter(path: string): FolderWriter {
  const files = new Map<string, OpenFile>();

  async function fileOf(name: string): Promise<OpenFile> {
    const existing = files.get(name);
    if (existing !== undefined) return existing;
    if (name.includes("/")) await createDirectories(join(path, dirname(name)));
    const file = { handle: await open(join(path, name), "wx"), hash: createHash("sha256"), bytes: 0 };
    files.set(name, file);
    return file;
  }

  async function add(name: string, chunks: Chunks): Promise<void> {
    const file = await fileOf(name);
    for await (const chunk of byteChunks(chunks)) {
      await file.handle.writeFile(chunk);
      file.hash.update(chunk);
      file.bytes += chunk.length;
    }
  }

  const names = () => [...files.keys()].sort();
  return {
    write: (name, chunks) => withWriteError(join(path, name), add(name, chunks)),
    append: (name, contents) => withWriteError(join(path, name), add(name, contents)),
    names,
    files: async () =>
      names().map((name): WrittenFile => {
        const { hash, bytes } = files.get(name)!;
        return { name, bytes, sha256: hash.copy().digest("hex") };
      }),
    async complete() {
      for (const [name, { handle }] of files) {
        await withWriteError(join(path, name), handle.sync());
        await withWriteError(join(path, name), handle.close());
      }
      await withWriteError(path, syncDirectory(path));
      const entries = new Set(await withWriteError(path, readdir(path)));
      for (const name of files.keys()) if (!entries.has(name.split("/")[0]!)) throw removedError(join(path, name));
    },
    async forget(folder) {
      for (const [name, { handle }] of files) {
        if (!name.startsWith(`${folder}/`)) continue;
        files.delete(name);
        await handle.close();
      }
    },
    async discard() {
      for (const { handle } of files.values()) await handle.close().catch(() => undefined);
    },
  };
}

function removedError(path: string): BertieError {
  const text = `${path}: the file was removed during the run. Start the run again, and do not change its files.`;
  return new BertieError("output/not-written", text);
}

/**
 * Awaits a file operation, and converts a system error to a BertieError that names the file.
 *
 * @throws BertieError "output/not-written" if the operation fails with a system error
 */
export async function withWriteError<T>(path: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    const text = `${path}: cannot be written (${cause.message}). Check whether the disk is full or broken.`;
    throw new BertieError("output/not-written", text, { cause });
  }
}
