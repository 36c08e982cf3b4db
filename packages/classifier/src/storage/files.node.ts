import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { open, readFile, rmdir, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { BertieError } from "@bertie/common";
import type { FileSource } from "@bertie/model";
import type { InputFile } from "./storage.ts";

/** The path that a file's address names, or the path itself. */
export function pathOf(location: string | URL): string {
  return typeof location === "string" ? location : fileURLToPath(location);
}

/**
 * Reads a file that the user named.
 *
 * @throws BertieError "input/missing-file", "input/unreadable-file", or "input/not-read" where the disk fails
 */
export async function readInput(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw cannotRead(path, cause);
  });
}

/**
 * Checks that a file exists and can be read.
 *
 * @throws BertieError "input/missing-file" or "input/unreadable-file"
 */
export async function checkReadable(path: string): Promise<void> {
  try {
    const handle = await open(path);
    await handle.read(new Uint8Array(1)); // fails for a directory
    await handle.close();
  } catch (cause) {
    throw cannotRead(path, cause as NodeJS.ErrnoException);
  }
}

/** The system's errors for a wrong path or a missing permission; all others are faults of the machine. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...["EACCES", "EPERM", "EROFS", "EEXIST", "ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG", "ELOOP", "EINVAL"],
  "ERR_FS_FILE_TOO_LARGE",
]);

/** Whether the system has refused what the user asked for, rather than failed. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && "code" in error && REFUSALS.has(String(error.code));
}

function cannotRead(path: string, cause: NodeJS.ErrnoException): BertieError {
  const { code } = cause;
  if (isMissing(cause))
    return new BertieError("input/missing-file", `${path}: there is no such file; check the path`, { cause });
  if (!isRefusal(cause)) return notRead(path, cause);
  const reason = code === "EISDIR" ? "it is a directory, and a file is needed" : `it cannot be read (${code})`;
  return new BertieError("input/unreadable-file", `${path}: ${reason}`, { cause });
}

/** The error for a disk that fails, which the input has not caused. */
export function notRead(path: string, cause: NodeJS.ErrnoException): BertieError {
  return new BertieError("input/not-read", `${path}: cannot be read (${cause.message}); check the disk`, { cause });
}

export function isMissing({ code }: NodeJS.ErrnoException): boolean {
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Reads files, and records which they were and what they held. */
export function createInputReader() {
  const files = new Map<string, InputFile>();
  return {
    async read(path: string): Promise<Uint8Array> {
      const contents = await readInput(path);
      const sha256 = createHash("sha256").update(contents).digest("hex");
      files.set(path, { path, bytes: contents.length, sha256 });
      return contents;
    },
    /** Passes the chunks of a file through, and records it once it has been read to its end. */
    async *stream(path: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      const hash = createHash("sha256");
      let bytes = 0;
      try {
        for await (const chunk of chunks) {
          hash.update(chunk);
          bytes += chunk.length;
          yield chunk;
        }
      } catch (cause) {
        throw cause instanceof Error && "syscall" in cause ? cannotRead(path, cause as NodeJS.ErrnoException) : cause;
      }
      files.set(path, { path, bytes, sha256: hash.digest("hex") });
    },
    /** The files of a directory; each is recorded when it is read. */
    directory(path: string): FileSource {
      return {
        name: path,
        read: async (file) => ((await isFile(join(path, file))) ? this.read(join(path, file)) : undefined),
      };
    },
    /** The files that were read, in that order. */
    list: (): InputFile[] => [...files.values()],
  };
}

export type InputReader = ReturnType<typeof createInputReader>;

export async function isFile(path: string): Promise<boolean> {
  return (await statIfThere(path))?.isFile() ?? false;
}

export async function isDirectory(path: string): Promise<boolean> {
  return (await statIfThere(path))?.isDirectory() ?? false;
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  return stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (isRefusal(cause)) return undefined;
    throw cannotRead(path, cause);
  });
}

/** Removes directories from `path` up to `last`, as long as they are empty. */
export async function removeEmptyDirectories(path: string, last: string): Promise<void> {
  for (let current = path; isWithin(current, last); current = dirname(current)) {
    const removed = await rmdir(current).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

/** Makes the disk keep the names of a directory's files. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return; // it cannot open directories, and needs no such sync
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function isWithin(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way.split(sep)[0] !== ".." && !isAbsolute(way);
}
