import { mkdir, readdir, readFile, realpath, rename, rm, rmdir } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import { BertieError } from "@bertie/common";
import { createNewFolder, orNotWritten } from "./atomic-directory.node.ts";
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
import { CHECKPOINTS, DATA, type OpenOptions, type StorageState, type Workspace } from "./storage.ts";

const SUFFIX = ".unfinished";
const LOCK = "lock";

/** The directory that is meant by its own name or by that of the unfinished one beside it. */
export function withoutSuffix(path: string): string {
  const name = basename(path);
  return name.endsWith(SUFFIX) ? join(dirname(path), name.slice(0, -SUFFIX.length)) : path;
}

/** Reads a file of a finished directory; undefined where there is none. */
export async function readIn(directory: string, file: string): Promise<Uint8Array | undefined> {
  const path = join(directory, file);
  return (await isFile(path)) ? readInput(path) : undefined;
}

/** Reads a file of the unfinished directory beside a directory; undefined where there is none. */
export async function readUnfinished(directory: string, file: string): Promise<Uint8Array | undefined> {
  return readIn(`${await targetOf(directory)}${SUFFIX}`, file);
}

/** Lists a folder of the unfinished directory beside a directory. */
export async function listUnfinished(directory: string, folder: string): Promise<string[]> {
  return listFolder(join(`${await targetOf(directory)}${SUFFIX}`, folder));
}

/** What a directory and the unfinished one beside it hold. */
export async function stateOf(path: string): Promise<StorageState> {
  const target = await targetOf(path);
  if ((await entriesOf(`${target}${SUFFIX}`)).length > 0) return "unfinished";
  if (await isFile(join(path, "run.json"))) return "finished";
  return (await entriesOf(target)).length > 0 ? "foreign" : "empty";
}

/**
 * Checks that a run may write a directory: there is none, or it is empty, or it may be replaced.
 *
 * @param inputs paths that the run reads, none of which may be in a directory that it replaces
 * @throws BertieError "output/not-empty", "output/holds-input", "output/unusable"
 */
export async function checkOutputDirectory(
  path: string,
  { overwrite, inputs = [] }: { readonly overwrite: boolean; readonly inputs?: readonly (string | undefined)[] },
): Promise<void> {
  const target = await targetOf(path);
  const replaced: string[] = [];
  for (const directory of [target, `${target}${SUFFIX}`])
    if ((await entriesOf(directory)).length > 0) replaced.push(directory);
  if (replaced.includes(target) && !overwrite) {
    const text = `${path}: the output directory is not empty; choose another --output-dir, or add --overwrite-output-dir to replace it`;
    throw new BertieError("output/not-empty", text);
  }
  for (const kept of [process.cwd(), homedir(), ...inputs]) {
    if (kept === undefined) continue;
    const keptPath = await targetOf(kept);
    if (!replaced.some((directory) => isWithin(keptPath, directory))) continue;
    const text = `${path}: cannot be replaced, as ${kept} is in it; choose another --output-dir`;
    throw new BertieError("output/holds-input", text);
  }
}

/** Opens a directory for writing; see `directoryStorage()`. */
export async function openDirectory(
  outputDir: string,
  { overwrite = false, resume = false }: OpenOptions = {},
): Promise<Workspace> {
  const target = await targetOf(outputDir);
  const parent = dirname(target);
  const work = `${target}${SUFFIX}`;
  const lock = join(work, LOCK);
  const { firstMade, takenOverFrom } = await takeFolder(outputDir, work, lock);
  const folder = createNewFolder(work);
  let done = false;

  async function close(): Promise<void> {
    if (done) return;
    done = true;
    await folder.abandon();
    const holdsRun = await readdir(join(work, CHECKPOINTS)).then(
      (names) => names.some((name) => !name.startsWith(".")),
      (error: NodeJS.ErrnoException) => !isMissing(error),
    );
    if (!holdsRun) await rm(work, { recursive: true, force: true }).catch(() => undefined);
    await releaseLock(lock).catch(() => undefined);
    if (!holdsRun && firstMade !== undefined) await removeEmptyDirectories(parent, firstMade);
  }

  try {
    await restoreReplaced(work, target);
    const left = (await entriesOf(join(work, CHECKPOINTS))).filter((name) => !name.startsWith(".")).sort(byNumber);
    if (left.length > 0 && !resume && !overwrite) {
      const text = `${work}: holds an interrupted run (${left.at(-1)}); --resume ${outputDir} continues it, --overwrite-output-dir starts over`;
      throw new BertieError("output/unfinished", text);
    }
    const kept = resume ? [LOCK, CHECKPOINTS, DATA] : [LOCK];
    for (const name of await readdir(work))
      if (!kept.includes(name)) await rm(join(work, name), { recursive: true, force: true });
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
      const known = folder.names().includes(path);
      return readFile(join(work, path)).catch((cause: NodeJS.ErrnoException) => {
        if (isMissing(cause) && !known) return undefined;
        if (!isRefusal(cause) || known) throw notRead(join(work, path), cause);
        throw new BertieError("input/unreadable-file", `${join(work, path)}: cannot be read (${cause.code})`, {
          cause,
        });
      });
    },
    list: (path) => listFolder(join(work, path)),
    stage: (path, fill) => stageFolder(join(work, path), fill),
    remove: (path) => orNotWritten(join(work, path), removeFolder(join(work, path))),
    checkTarget: (options) => checkOutputDirectory(outputDir, options),
    async commit({ overwrite: replace }) {
      await folder.complete();
      try {
        await (replace ? replaceDirectory : moveDirectory)(work, target);
      } catch (cause) {
        done = true;
        await releaseLock(lock).catch(() => undefined);
        const text = `${outputDir}: cannot be put in place (${messageOf(cause)}); the run's files are in ${work}`;
        throw new BertieError("output/not-placed", text, { cause });
      }
      done = true;
      await orNotWritten(parent, syncDirectory(parent));
      await releaseLock(lock, join(target, LOCK));
    },
    close,
  };
}

/** Removes what a run that was stopped at its very end may have left. */
export async function tidyFinished(outputDir: string): Promise<void> {
  const target = await targetOf(outputDir);
  await rm(join(target, LOCK), { force: true });
  await rm(replacedBy(`${target}${SUFFIX}`), { recursive: true, force: true });
}

/** Writes a folder beside its place, syncs it, and renames it. */
async function stageFolder(path: string, fill: Parameters<Workspace["stage"]>[1]): Promise<void> {
  const parent = dirname(path);
  const staging = join(parent, `.${basename(path)}`);
  await orNotWritten(staging, startFolder(staging));
  const folder = createNewFolder(staging);
  try {
    await fill(folder);
    await folder.complete();
    // An existing folder of that name is a damaged checkpoint, or data that are replaced.
    await orNotWritten(path, rm(path, { recursive: true, force: true }));
    await orNotWritten(path, rename(staging, path));
    await orNotWritten(parent, syncDirectory(parent));
  } catch (error) {
    await folder.abandon();
    await rm(staging, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

async function startFolder(staging: string): Promise<void> {
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
}

/** Renames a folder before removing it: one that is removed in part must not be taken for a damaged one. */
async function removeFolder(path: string): Promise<void> {
  const name = basename(path);
  const going = join(dirname(path), name.startsWith(".") ? name : `.${name}`);
  if (going !== path) await rename(path, going);
  await rm(going, { recursive: true, force: true });
}

async function listFolder(path: string): Promise<string[]> {
  return readdir(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    throw notRead(path, cause);
  });
}

/** Where a directory or a file is, or will be. */
function targetOf(path: string): Promise<string> {
  return realpath(path).catch((cause: NodeJS.ErrnoException) => {
    if (!isRefusal(cause)) throw notRead(path, cause);
    return resolve(path);
  });
}

async function entriesOf(path: string): Promise<string[]> {
  return readdir(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    if (!isRefusal(cause)) throw notRead(path, cause);
    const reason = cause.code === "ENOTDIR" ? "it is not a directory" : `it cannot be read (${cause.code})`;
    throw new BertieError("output/unusable", `${path}: ${reason}; choose another --output-dir`, { cause });
  });
}

/** Another run that ends removes its folder; it may do so between the creation of ours and of its lock. */
const ATTEMPTS = 5;

/** Creates the folder to work in, where there is none, and takes its lock. */
async function takeFolder(
  outputDir: string,
  work: string,
  lock: string,
  attempt = 1,
): Promise<{ firstMade: string | undefined; takenOverFrom: string | undefined }> {
  let firstMade: string | undefined;
  try {
    firstMade = await mkdir(work, { recursive: true });
    return { firstMade, takenOverFrom: await takeLock(lock) };
  } catch (cause) {
    const isGone = (cause as NodeJS.ErrnoException).code === "ENOENT";
    if (isGone && attempt < ATTEMPTS) return takeFolder(outputDir, work, lock, attempt + 1);
    if (firstMade !== undefined) await removeEmptyDirectories(work, firstMade);
    if (!isRefusal(cause)) return orNotWritten(work, Promise.reject(cause));
    const text = `${outputDir}: nothing can be written there (${(cause as NodeJS.ErrnoException).code}); choose another --output-dir`;
    throw new BertieError("output/unusable", text, { cause });
  }
}

/** Moves a directory to where nothing is, or an empty directory. */
async function moveDirectory(from: string, to: string): Promise<void> {
  await rmdir(to).catch(ignoreMissing);
  await rename(from, to);
}

/** Moves a directory to where another may be, which is removed only when the new one is in its place. */
async function replaceDirectory(from: string, to: string): Promise<void> {
  const old = replacedBy(from);
  await rename(to, old).catch(ignoreMissing);
  try {
    await rename(from, to);
  } catch (error) {
    await rename(old, to).catch(ignoreMissing);
    throw error;
  }
  await rm(old, { recursive: true, force: true }).catch(() => undefined); // else by tidyFinished
}

/** Undoes a replacement that was stopped halfway. */
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
