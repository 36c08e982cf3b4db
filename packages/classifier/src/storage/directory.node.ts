import { readdir, readFile, realpath, rename, rm, rmdir } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import { BertieError, isRemote } from "@bertie/common";
import { createFolderWriter, withWriteError } from "./atomic-directory.node.ts";
import {
  isFile,
  isMissing,
  isRefusal,
  isWithin,
  notRead,
  readInput,
  removeEmptyDirectories,
  syncDirectory,
} from "./files.node.ts";
import { releaseLock, takeLock } from "./lock.node.ts";
import { checkReplaceable, createDirectories, whyNotCreated } from "./output-path.node.ts";
import { CHECKPOINTS, DATA, type OpenOptions, type StorageState, type Workspace } from "./storage.ts";

const SUFFIX = ".unfinished";
const LOCK = "lock";

/**
 * Removes the suffix ".unfinished" from a path, because users can also refer to a run by its working directory.
 *
 * @example
 * ```ts
 * import { withoutSuffix } from "@bertie/classifier/node";
 *
 * console.log(withoutSuffix("runs/mine.unfinished")); // runs/mine
 * ```
 */
export function withoutSuffix(path: string): string {
  const name = basename(path);
  return name.endsWith(SUFFIX) ? join(dirname(path), name.slice(0, -SUFFIX.length)) : path;
}

/** Reads a file of a finished directory. Returns undefined if the file does not exist. */
export async function readFinished(directory: string, file: string): Promise<Uint8Array | undefined> {
  const path = join(directory, file);
  return (await isFile(path)) ? readInput(path) : undefined;
}

/** Reads a file of the working directory, `PATH.unfinished`. Returns undefined if the file does not exist. */
export async function readUnfinished(directory: string, file: string): Promise<Uint8Array | undefined> {
  return readFinished(`${await resolveTarget(directory)}${SUFFIX}`, file);
}

/** Lists a folder of the working directory, `PATH.unfinished`. */
export async function listUnfinished(directory: string, folder: string): Promise<string[]> {
  return listFolder(join(`${await resolveTarget(directory)}${SUFFIX}`, folder));
}

/** Returns the state of the storage that consists of a directory and its working directory, `PATH.unfinished`. */
export async function stateOf(path: string): Promise<StorageState> {
  const target = await resolveTarget(path);
  if ((await entriesOf(`${target}${SUFFIX}`)).length > 0) return "unfinished";
  if (await isFile(join(path, "run.json"))) return "finished";
  return (await entriesOf(target)).length > 0 ? "foreign" : "empty";
}

/**
 * Checks that a run may write to a directory: it does not exist, is empty, or may be replaced.
 *
 * @param options.overwrite whether the contents of the directory may be replaced
 * @param options.inputs paths that the run reads; a directory that contains one of them is never replaced
 * @throws BertieError "output/not-empty" if the directory has contents and `overwrite` is false, "output/holds-input"
 *   if it contains an input, the working directory or the home directory, "output/unusable" if it cannot be read or is on a store
 *
 * @example
 * ```ts
 * import { checkOutputDirectory } from "@bertie/classifier/node";
 *
 * await checkOutputDirectory("runs/does-not-exist", { overwrite: false });
 * await checkOutputDirectory("examples", { overwrite: false }).catch((error) => console.log(error.code)); // output/not-empty
 * ```
 */
export async function checkOutputDirectory(
  path: string,
  { overwrite, inputs = [] }: { readonly overwrite: boolean; readonly inputs?: readonly (string | undefined)[] },
): Promise<void> {
  if (isRemote(path)) {
    const text = `${path}: output directories cannot be on a store. Choose a directory on disk (--output-dir), and copy it afterwards.`;
    throw new BertieError("output/unusable", text);
  }
  const target = await resolveTarget(path);
  const replaced: string[] = [];
  for (const directory of [target, `${target}${SUFFIX}`])
    if ((await entriesOf(directory)).length > 0) replaced.push(directory);
  if (replaced.includes(target) && !overwrite) {
    const text = `${path}: the output directory is not empty. Choose another directory (--output-dir), or set overwrite (--overwrite-output-dir) to replace its contents.`;
    throw new BertieError("output/not-empty", text);
  }
  for (const protectedPath of [process.cwd(), homedir(), ...inputs]) {
    if (protectedPath === undefined) continue;
    const resolvedPath = await resolveTarget(protectedPath);
    if (!replaced.some((directory) => isWithin(resolvedPath, directory))) continue;
    const text = `${path}: the output directory contains ${protectedPath}, so it cannot be replaced. Choose another directory (--output-dir).`;
    throw new BertieError("output/holds-input", text);
  }
}

/** Opens a directory for writing, see `directoryStorage()`. */
export async function openDirectory(
  outputDir: string,
  { overwrite = false, resume = false }: OpenOptions = {},
): Promise<Workspace> {
  const target = await resolveTarget(outputDir);
  const parent = dirname(target);
  const work = `${target}${SUFFIX}`;
  const lock = join(work, LOCK);
  await checkReplaceable(outputDir, target);
  const { firstCreated, takenOverFrom } = await createAndLock(outputDir, work, lock);
  const folder = createFolderWriter(work);
  let done = false;

  async function close(): Promise<void> {
    if (done) return;
    done = true;
    await folder.discard();
    const holdsRun = await readdir(join(work, CHECKPOINTS)).then(
      (names) => names.some((name) => !name.startsWith(".")),
      (error: NodeJS.ErrnoException) => !isMissing(error),
    );
    if (!holdsRun) await rm(work, { recursive: true, force: true }).catch(() => undefined);
    await releaseLock(lock).catch(() => undefined);
    if (!holdsRun && firstCreated !== undefined) await removeEmptyDirectories(parent, firstCreated);
  }

  try {
    await restoreReplaced(work, target);
    const checkpoints = (await entriesOf(join(work, CHECKPOINTS))).filter((name) => !name.startsWith("."));
    if (checkpoints.length > 0 && !resume && !overwrite) {
      const text = `${work}: the directory holds an interrupted run (${checkpoints.sort(byNumber).at(-1)}). Resume the run (--resume ${outputDir}), or set overwrite (--overwrite-output-dir) to start over.`;
      throw new BertieError("output/unfinished", text);
    }
    const persistent = resume ? [LOCK, CHECKPOINTS, DATA] : [LOCK];
    for (const name of await readdir(work))
      if (!persistent.includes(name)) await rm(join(work, name), { recursive: true, force: true });
  } catch (error) {
    await close();
    throw error;
  }

  return {
    name: outputDir,
    takenOverFrom,
    locate: (path) => join(work, path),
    files: folder.names,
    write: folder.write,
    append: folder.append,
    async read(path) {
      const isWritten = folder.names().includes(path);
      return readFile(join(work, path)).catch((cause: NodeJS.ErrnoException) => {
        if (isMissing(cause) && !isWritten) return undefined;
        if (!isRefusal(cause) || isWritten) throw notRead(join(work, path), cause);
        const message = `${join(work, path)}: cannot be read (${cause.code}). Check the permissions.`;
        throw new BertieError("input/unreadable-file", message, { cause });
      });
    },
    list: (path) => listFolder(join(work, path)),
    stage: (path, fill) => stageFolder(join(work, path), fill),
    async remove(path) {
      await folder.forget(path);
      await withWriteError(join(work, path), removeFolder(join(work, path)));
    },
    checkTarget: (options) => checkOutputDirectory(outputDir, options),
    async commit({ overwrite: replace }) {
      await folder.complete();
      try {
        await (replace ? replaceDirectory : moveDirectory)(work, target);
      } catch (cause) {
        done = true;
        await releaseLock(lock).catch(() => undefined);
        const text = `${outputDir}: cannot be replaced by the finished run (${messageOf(cause)}). The files of the run are in ${work}. Move that directory.`;
        throw new BertieError("output/not-placed", text, { cause });
      }
      done = true;
      await withWriteError(parent, syncDirectory(parent));
      await releaseLock(lock, join(target, LOCK));
    },
    close,
  };
}

/**
 * Removes the temporary files that remain in an output directory if a process was killed while committing its run.
 *
 * @example
 * ```ts
 * import { tidyFinished } from "@bertie/classifier/node";
 *
 * await tidyFinished("runs/does-not-exist");
 * ```
 */
export async function tidyFinished(outputDir: string): Promise<void> {
  const target = await resolveTarget(outputDir);
  await rm(join(target, LOCK), { force: true });
  await rm(replacedBy(`${target}${SUFFIX}`), { recursive: true, force: true });
}

/** Writes a folder under a temporary name, syncs the files, and renames the folder. */
async function stageFolder(path: string, fill: Parameters<Workspace["stage"]>[1]): Promise<void> {
  const parent = dirname(path);
  const staging = join(parent, `.${basename(path)}`);
  await withWriteError(staging, startFolder(staging));
  const folder = createFolderWriter(staging);
  try {
    await fill(folder);
    await folder.complete();
    // An existing folder of this name is a damaged checkpoint, or data that is to be replaced.
    await withWriteError(path, rm(path, { recursive: true, force: true }));
    await withWriteError(path, rename(staging, path));
    await withWriteError(parent, syncDirectory(parent));
  } catch (error) {
    await folder.discard();
    await rm(staging, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

async function startFolder(staging: string): Promise<void> {
  await rm(staging, { recursive: true, force: true });
  await createDirectories(staging);
}

/** Hides a folder by renaming it, then removes it, so that a partially removed folder is not reported as damaged. */
async function removeFolder(path: string): Promise<void> {
  const name = basename(path);
  const hidden = join(dirname(path), name.startsWith(".") ? name : `.${name}`);
  if (hidden !== path) await rename(path, hidden);
  await rm(hidden, { recursive: true, force: true });
}

async function listFolder(path: string): Promise<string[]> {
  return readdir(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    throw notRead(path, cause);
  });
}

/** Resolves symbolic links. Returns the absolute path if the file does not exist yet. */
function resolveTarget(path: string): Promise<string> {
  return realpath(path).catch((cause: NodeJS.ErrnoException) => {
    if (!isRefusal(cause)) throw notRead(path, cause);
    return resolve(path);
  });
}

async function entriesOf(path: string): Promise<string[]> {
  return readdir(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    if (!isRefusal(cause)) throw notRead(path, cause);
    const reason = cause.code === "ENOTDIR" ? "expected a directory" : `cannot be read (${cause.code})`;
    throw new BertieError("output/unusable", `${path}: ${reason}. Choose another directory (--output-dir).`, { cause });
  });
}

/** Number of attempts to create the working directory: another run may remove it before its lock is taken. */
const ATTEMPTS = 5;

/** Creates the working directory, if it does not exist, and takes its lock. */
async function createAndLock(
  outputDir: string,
  work: string,
  lock: string,
  attempt = 1,
): Promise<{ firstCreated: string | undefined; takenOverFrom: string | undefined }> {
  let firstCreated: string | undefined;
  try {
    firstCreated = await createDirectories(work);
    return { firstCreated, takenOverFrom: await takeLock(lock) };
  } catch (cause) {
    const wasRemoved = (cause as NodeJS.ErrnoException).code === "ENOENT";
    if (wasRemoved && attempt < ATTEMPTS) return createAndLock(outputDir, work, lock, attempt + 1);
    if (firstCreated !== undefined) await removeEmptyDirectories(work, firstCreated);
    if (!isRefusal(cause)) return withWriteError(work, Promise.reject(cause));
    const text = `${outputDir}: the directory is not writable (${await whyNotCreated(cause)}). Choose another directory (--output-dir).`;
    throw new BertieError("output/unusable", text, { cause });
  }
}

/** Moves a directory to a path without a directory, or with an empty directory. */
async function moveDirectory(from: string, to: string): Promise<void> {
  await rmdir(to).catch(ignoreMissing);
  await rename(from, to);
}

/**
 * Moves a directory, and replaces any directory at the target. The old directory is removed after the move has
 * succeeded.
 */
async function replaceDirectory(from: string, to: string): Promise<void> {
  const old = replacedBy(from);
  await rename(to, old).catch(ignoreMissing);
  try {
    await rename(from, to);
  } catch (error) {
    await rename(old, to).catch(ignoreMissing);
    throw error;
  }
  await rm(old, { recursive: true, force: true }).catch(() => undefined); // tidyFinished() removes it otherwise
}

/** Reverts a replacement that was interrupted. */
async function restoreReplaced(from: string, to: string): Promise<void> {
  const old = replacedBy(from);
  if ((await entriesOf(old)).length === 0) return;
  if ((await entriesOf(to)).length === 0) await rename(old, to);
  else await rm(old, { recursive: true, force: true });
}

const replacedBy = (work: string) => `${work}.old`;

const byNumber = (a: string, b: string) => a.localeCompare(b, "en", { numeric: true });

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
