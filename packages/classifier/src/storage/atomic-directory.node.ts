import { createHash, type Hash } from "node:crypto";
import { type FileHandle, mkdir, open, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BertieError } from "@bertie/common";
import { syncDirectory } from "./files.node.ts";
import { byteChunks, type Chunks, type StagedFolder, type WrittenFile } from "./storage.ts";

/** A folder whose files are being written; all of them are new. */
export interface NewFolder extends StagedFolder {
  /** Adds to the end of a file. */
  append(name: string, text: string): Promise<void>;
  /** Names of the files so far, sorted. */
  names(): string[];
  /** Ends the writing, and checks that the disk holds every file. */
  complete(): Promise<void>;
  /** Ends the writing of files that are not needed any more. */
  abandon(): Promise<void>;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly hash: Hash;
  bytes: number;
}

/**
 * Writes files into a folder that exists.
 *
 * All methods throw a BertieError "output/not-written", which names the file, where the system refuses.
 */
export function createNewFolder(path: string): NewFolder {
  const files = new Map<string, OpenFile>();

  async function fileOf(name: string): Promise<OpenFile> {
    const known = files.get(name);
    if (known !== undefined) return known;
    if (name.includes("/")) await mkdir(join(path, dirname(name)), { recursive: true });
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
    write: (name, chunks) => orNotWritten(join(path, name), add(name, chunks)),
    append: (name, text) => orNotWritten(join(path, name), add(name, text)),
    names,
    files: async () =>
      names().map((name): WrittenFile => {
        const { hash, bytes } = files.get(name)!;
        return { name, bytes, sha256: hash.copy().digest("hex") };
      }),
    async complete() {
      for (const [name, { handle }] of files) {
        await orNotWritten(join(path, name), handle.sync());
        await orNotWritten(join(path, name), handle.close());
      }
      await orNotWritten(path, syncDirectory(path));
      const found = new Set(await orNotWritten(path, readdir(path)));
      for (const name of files.keys()) if (!found.has(name.split("/")[0]!)) throw removed(join(path, name));
    },
    async abandon() {
      for (const { handle } of files.values()) await handle.close().catch(() => undefined);
    },
  };
}

function removed(path: string): BertieError {
  const text = `${path}: was removed while the run wrote it: do not touch a run's files`;
  return new BertieError("output/not-written", text);
}

/** Turns the system's error where something cannot be written into a failure of the run that names the file. */
export async function orNotWritten<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    const text = `${path}: cannot be written (${cause.message}): check whether the disk is full or broken`;
    throw new BertieError("output/not-written", text, { cause });
  }
}
