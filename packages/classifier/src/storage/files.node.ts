import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { open, readdir, readFile, rmdir, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { BertieError, concatenate, isRemote } from "@bertie/common";
import type { TableSource } from "@bertie/data";
import type { FileSource } from "@bertie/model";
import type { InputFile } from "./storage.ts";

/** Number of bytes that are read from a table at once. */
const CHUNK_BYTES = 1 << 18;

/** Converts a `file:` URL to a path. Returns a path unchanged. */
export function pathOf(location: string | URL): string {
  return typeof location === "string" ? location : fileURLToPath(location);
}

/**
 * Reads an input file on disk, or at `s3://…` or `https://…`.
 *
 * @throws BertieError "input/missing-file" if the file does not exist, "input/unreadable-file" if it is a directory or
 *   the permission is missing, "input/not-read" if the disk fails
 *
 * @example
 * ```ts
 * import { readInput } from "@bertie/classifier/node";
 *
 * const bytes = await readInput("examples/models/bge-small-zh-v1.5/config.json");
 * console.log(bytes.length); // 361
 * ```
 */
export async function readInput(path: string): Promise<Uint8Array> {
  if (isRemote(path)) return collect(streamInput(path));
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw cannotRead(path, cause);
  });
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return concatenate(parts);
}

/**
 * Reads an input file as a stream, on disk or at `s3://…` or `https://…`.
 *
 * @throws BertieError "input/missing-file" or "store/…" for remote files; system errors for files on disk
 *
 * @example
 * ```ts
 * import { streamInput } from "@bertie/classifier/node";
 *
 * for await (const bytes of streamInput("examples/models/bge-small-zh-v1.5/config.json")) console.log(bytes.length); // 361
 * ```
 */
export async function* streamInput(path: string): AsyncGenerator<Uint8Array> {
  if (isRemote(path)) {
    const { openRemoteFile } = await import("@bertie/stores");
    yield* (await openRemoteFile(path)).stream();
  } else {
    yield* createReadStream(path, { highWaterMark: CHUNK_BYTES });
  }
}

/**
 * Checks that a file exists and is readable.
 *
 * @throws BertieError "input/missing-file" if the file does not exist, "input/unreadable-file" if it is a directory or
 *   the permission is missing, "input/not-read" if the disk fails
 *
 * @example
 * ```ts
 * import { checkReadable } from "@bertie/classifier/node";
 *
 * await checkReadable("no/such/file").catch((error) => console.log(error.code)); // input/missing-file
 * ```
 */
export async function checkReadable(path: string): Promise<void> {
  try {
    const handle = await open(path);
    await handle.read(new Uint8Array(1)); // open() succeeds for a directory, read() does not
    await handle.close();
  } catch (cause) {
    throw cannotRead(path, cause as NodeJS.ErrnoException);
  }
}

/** System error codes for a wrong path or a missing permission. All other codes are faults of the machine. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...["EACCES", "EPERM", "EROFS", "EEXIST", "ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG", "ELOOP", "EINVAL"],
  "ERR_FS_FILE_TOO_LARGE",
]);

/**
 * Returns whether an error is a system error that the user can fix: a wrong path or a missing permission, rather than a
 * hardware fault or a full disk.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { isRefusal } from "@bertie/classifier/node";
 *
 * await readFile("no/such/file").catch((error) => console.log(isRefusal(error))); // true
 * ```
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && "code" in error && REFUSALS.has(String(error.code));
}

function cannotRead(path: string, cause: NodeJS.ErrnoException): BertieError {
  const { code } = cause;
  if (isMissing(cause))
    return new BertieError("input/missing-file", `${path}: no such file. Check the path.`, { cause });
  if (!isRefusal(cause)) return notRead(path, cause);
  const reason =
    code === "EISDIR"
      ? "expected a file, found a directory. Check the path."
      : `cannot be read (${code}). Check the permissions.`;
  return new BertieError("input/unreadable-file", `${path}: ${reason}`, { cause });
}

/** Creates the error for a read that failed because of the disk. */
export function notRead(path: string, cause: NodeJS.ErrnoException): BertieError {
  return new BertieError("input/not-read", `${path}: cannot be read (${cause.message}). Check the disk.`, { cause });
}

/** Returns whether a system error means that the path does not exist. */
export function isMissing({ code }: NodeJS.ErrnoException): boolean {
  return code === "ENOENT" || code === "ENOTDIR";
}

/**
 * Creates a reader that records the path, size and SHA-256 hash of each file that it reads.
 *
 * The methods of the reader throw the errors of {@link readInput}.
 *
 * @example
 * ```ts
 * import { createInputReader } from "@bertie/classifier/node";
 *
 * const reader = createInputReader();
 * await reader.read("examples/models/bge-small-zh-v1.5/config.json");
 * console.log(reader.list()[0]?.bytes); // 361
 * ```
 */
export function createInputReader(): InputReader {
  const files = new Map<string, InputFile>();
  return {
    async read(path: string): Promise<Uint8Array> {
      const contents = await readInput(path);
      this.record(path, contents);
      return contents;
    },
    record(path: string, contents: Uint8Array): void {
      const sha256 = createHash("sha256").update(contents).digest("hex");
      files.set(path, { path, bytes: contents.length, sha256 });
    },
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
    directory(path: string): FileSource {
      return {
        name: path,
        read: async (file) => ((await isFile(join(path, file))) ? this.read(join(path, file)) : undefined),
        list: (folder) => listFolder(join(path, folder)),
      };
    },
    list: () => [...files.values()],
  };
}

/** Reader that records the files that it reads; see {@link createInputReader}. */
export interface InputReader {
  /** Reads and records a file. */
  read(path: string): Promise<Uint8Array>;
  /** Records a file whose contents have been read in another way. */
  record(path: string, contents: Uint8Array): void;
  /** Yields the chunks of a file unchanged, and records the file when all chunks have been consumed. */
  stream(path: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  /** Returns a source of the files in a directory. Each file is recorded when it is read. */
  directory(path: string): FileSource;
  /** Returns the recorded files in the order of reading. */
  list(): InputFile[];
}

/**
 * Lists a folder.
 *
 * @returns the sorted names of the entries; names of folders end with "/", and names of links to missing files with
 *   " (broken link)". Empty if the folder does not exist or cannot be read.
 */
export async function listFolder(path: string): Promise<string[]> {
  const entries = await readdir(path).catch((cause: NodeJS.ErrnoException) => {
    if (isRefusal(cause)) return [];
    throw notRead(path, cause);
  });
  const names = entries.map(async (name) => {
    const stats = await statIfExists(join(path, name));
    if (stats === undefined) return `${name} (broken link)`;
    return stats.isDirectory() ? `${name}/` : name;
  });
  return (await Promise.all(names)).sort();
}

/**
 * Returns whether a path is an existing file.
 *
 * @throws BertieError "input/not-read" if the disk fails
 *
 * @example
 * ```ts
 * import { isFile } from "@bertie/classifier/node";
 *
 * console.log(await isFile("no/such/file")); // false
 * ```
 */
export async function isFile(path: string): Promise<boolean> {
  return (await statIfExists(path))?.isFile() ?? false;
}

/**
 * Returns whether a path is an existing directory.
 *
 * @throws BertieError "input/not-read" if the disk fails
 *
 * @example
 * ```ts
 * import { isDirectory } from "@bertie/classifier/node";
 *
 * console.log(await isDirectory(".")); // true
 * ```
 */
export async function isDirectory(path: string): Promise<boolean> {
  return (await statIfExists(path))?.isDirectory() ?? false;
}

/** Returns whether a path exists. */
export async function exists(path: string): Promise<boolean> {
  return (await statIfExists(path)) !== undefined;
}

async function statIfExists(path: string): Promise<Stats | undefined> {
  return stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (isRefusal(cause)) return undefined;
    throw cannotRead(path, cause);
  });
}

/**
 * Removes empty directories, from `path` up to its ancestor `last`. Stops at the first directory that is not empty.
 *
 * @example
 * ```ts
 * import { mkdir, mkdtemp } from "node:fs/promises";
 * import { isDirectory, removeEmptyDirectories } from "@bertie/classifier/node";
 *
 * const base = await mkdtemp("/tmp/example-");
 * await mkdir(`${base}/a/b`, { recursive: true });
 * await removeEmptyDirectories(`${base}/a/b`, `${base}/a`);
 * console.log(await isDirectory(`${base}/a`)); // false
 * ```
 */
export async function removeEmptyDirectories(path: string, last: string): Promise<void> {
  for (let current = path; isWithin(current, last); current = dirname(current)) {
    const removed = await rmdir(current).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

/**
 * Flushes the entries of a directory to disk, so that new and renamed files survive a power failure.
 *
 * @example
 * ```ts
 * import { syncDirectory } from "@bertie/classifier/node";
 *
 * await syncDirectory(".");
 * ```
 */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return; // Windows cannot open directories, and does not need this flush.
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Returns whether a path is in a directory, or is the directory itself. */
export function isWithin(path: string, directory: string): boolean {
  const relativePath = relative(directory, path);
  return relativePath.split(sep)[0] !== ".." && !isAbsolute(relativePath);
}

/**
 * Returns the source of a table on disk, or at `s3://…` or `https://…`, which is read as a stream.
 *
 * @param path path or location of the file
 * @param reader records the file once it has been read completely @default the file is not recorded
 * @throws BertieError "input/missing-file" or "input/unreadable-file" if the file cannot be read, "store/…" for remote files
 *
 * @example
 * ```ts
 * import { fileTableSource } from "@bertie/classifier/node";
 *
 * const source = await fileTableSource("examples/data/reviews/dev.tsv");
 * console.log(source.size); // 132444
 * ```
 */
export async function fileTableSource(path: string, reader: InputReader = createInputReader()): Promise<TableSource> {
  if (isRemote(path)) return remoteTableSource(path, reader);
  await checkReadable(path);
  const stats = await statIfExists(path);
  return {
    name: path,
    ...(stats?.isFile() ? { size: stats.size } : { once: true }),
    stream: () => reader.stream(path, createReadStream(path, { highWaterMark: CHUNK_BYTES })),
    bytes: () => reader.read(path),
  };
}

async function remoteTableSource(location: string, reader: InputReader): Promise<TableSource> {
  const { openRemoteFile } = await import("@bertie/stores");
  const { name, size, stream } = await openRemoteFile(location);
  return { name, ...(size !== undefined && { size }), stream: () => reader.stream(name, stream()) };
}
