import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { BertieError } from "@bertie/common";
import { syncDirectory } from "../files.ts";

export type Chunks = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Where the files of a model, or of a run, are written to. */
export interface FileWriter {
  /** Makes a file of the chunks. */
  write(name: string, chunks: Chunks): Promise<void>;
}

/** A file that has been written. */
export interface WrittenFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A folder whose files are being written; all of them are new. */
export interface NewFolder extends FileWriter {
  /** Adds to the end of a file. */
  append(name: string, text: string): Promise<void>;
  /** The files so far, by name. */
  files(): WrittenFile[];
  /** Ends the writing: the disk keeps what was written, and all of it is still there. */
  complete(): Promise<void>;
  /** Ends the writing of files that nobody needs any more. */
  abandon(): Promise<void>;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly hash: Hash;
  bytes: number;
}

/**
 * Writes files into a folder, which is there.
 *
 * All methods throw a BertieError "output/not-written", which names the file, where the system refuses.
 */
export function createNewFolder(path: string): NewFolder {
  const files = new Map<string, OpenFile>();

  async function fileOf(name: string): Promise<OpenFile> {
    const file = files.get(name) ?? {
      handle: await open(join(path, name), "wx"),
      hash: createHash("sha256"),
      bytes: 0,
    };
    files.set(name, file);
    return file;
  }

  async function add(name: string, chunks: Chunks): Promise<void> {
    const file = await fileOf(name);
    for await (const chunk of typeof chunks === "string" ? [Buffer.from(chunks)] : oneOrMany(chunks)) {
      await file.handle.writeFile(chunk);
      file.hash.update(chunk);
      file.bytes += chunk.length;
    }
  }

  return {
    write: (name, chunks) => orNotWritten(join(path, name), add(name, chunks)),
    append: (name, text) => orNotWritten(join(path, name), add(name, text)),
    files: () =>
      Array.from(files, ([name, { hash, bytes }]) => ({ name, bytes, sha256: hash.copy().digest("hex") })).sort(
        (a, b) => (a.name < b.name ? -1 : 1),
      ),
    async complete() {
      for (const [name, { handle }] of files) {
        await orNotWritten(join(path, name), handle.sync());
        await orNotWritten(join(path, name), handle.close());
      }
      await orNotWritten(path, syncDirectory(path));
      const names = new Set(await orNotWritten(path, readdir(path)));
      for (const name of files.keys()) if (!names.has(name)) throw removed(join(path, name));
    },
    async abandon() {
      for (const { handle } of files.values()) await handle.close().catch(() => undefined);
    },
  };
}

function removed(path: string): BertieError {
  return new BertieError("output/not-written", `${path}: was removed while the run wrote it: leave its files alone`);
}

/** What the system says where something cannot be written, as a failure of the run. */
export async function orNotWritten<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    const text = `${path}: cannot be written (${cause.message}): look whether the disk is full, or broken`;
    throw new BertieError("output/not-written", text, { cause });
  }
}

function oneOrMany(
  chunks: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  return chunks instanceof Uint8Array ? [chunks] : chunks;
}
