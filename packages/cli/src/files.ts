import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { open, readFile, rmdir, stat } from "node:fs/promises";
import { dirname, isAbsolute, relative, sep } from "node:path";
import process from "node:process";
import { BertieError } from "@bertie/common";

/** A file that a run has read. */
export interface InputFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * The contents of a file that the user named.
 *
 * @throws BertieError "input/missing-file", "input/unreadable-file", or "input/not-read" where the disk fails
 */
export async function readInput(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw cannotRead(path, cause);
  });
}

/**
 * That there is a file that can be read.
 *
 * @throws BertieError "input/missing-file" or "input/unreadable-file"
 */
export async function checkReadable(path: string): Promise<void> {
  try {
    const handle = await open(path);
    await handle.read(new Uint8Array(1)); // which fails for a directory
    await handle.close();
  } catch (cause) {
    throw cannotRead(path, cause as NodeJS.ErrnoException);
  }
}

/** What the system says to who has named a wrong path, or may not go there; all else is a fault of the machine. */
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

/** Where the disk fails; that is no fault of the input. */
export function notRead(path: string, cause: NodeJS.ErrnoException): BertieError {
  return new BertieError("input/not-read", `${path}: cannot be read (${cause.message}): look at the disk`, { cause });
}

function isMissing({ code }: NodeJS.ErrnoException): boolean {
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Reads files and remembers what they were, for the run's record. */
export function createInputReader() {
  const files = new Map<string, InputFile>();
  return {
    async read(path: string): Promise<Uint8Array> {
      const contents = await readInput(path);
      const sha256 = createHash("sha256").update(contents).digest("hex");
      files.set(path, { path, bytes: contents.length, sha256 });
      return contents;
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

/** All that comes in on stdin. */
export async function readStdin(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
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

/** Has the disk keep which files a directory has. */
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
