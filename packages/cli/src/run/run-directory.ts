import { mkdir, readdir, readFile, realpath, rename, rm, rmdir } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import { BertieError } from "@bertie/common";
import { listCheckpoints } from "../checkpoint/store.ts";
import { isFile, isRefusal, isWithin, notRead, removeEmptyDirectories, syncDirectory } from "../files.ts";
import type { RunOptions } from "../options/run-options.ts";
import { releaseLock, takeLock } from "./lock.ts";
import { createNewFolder, type FileWriter, orNotWritten } from "./new-folder.ts";

/**
 * An output directory in the making. A run works in a folder beside it, `DIR.unfinished`, which holds a lock, the
 * checkpoints and the files so far, and becomes `DIR` by one renaming when all is there: so `DIR` is a whole run, or is
 * not there. What a run that was stopped leaves is the folder beside it with its last checkpoints, and `--resume DIR`
 * goes on in it.
 */
export interface RunDirectory extends FileWriter {
  /** Where the files will be. */
  readonly path: string;
  /** Where the checkpoints are until then. */
  readonly checkpoints: string;
  /** Of whom the folder was taken over, in words. */
  readonly leftBy: string | undefined;
  /** Names of the files, sorted. */
  files(): string[];
  /** Adds to the end of a file. */
  append(name: string, text: string): Promise<void>;
  /** What stands in a file so far; nothing where there is none. */
  read(name: string): Promise<string>;
  /**
   * Puts the directory in its place.
   *
   * @param overwrite whether another one may be there, which it replaces
   * @throws BertieError "output/not-placed", which says where the files are: they are left there
   */
  publish(overwrite: boolean): Promise<void>;
  /**
   * Leaves the checkpoints for another run to go on with; where there are none, nothing. Does nothing after `publish`, and
   * never fails: what it cannot remove, the next run does.
   */
  leave(): Promise<void>;
}

type Inputs = Partial<
  Pick<
    RunOptions,
    "model" | "dataDir" | "bertConfigFile" | "vocabFile" | "initCheckpoint" | "trainFeatures" | "evalFeatures"
  >
>;

const SUFFIX = ".unfinished";
const LOCK = "lock";
const CHECKPOINTS = "checkpoints";

/** The directory that is meant by its own name or by that of the folder beside it. */
export function withoutSuffix(path: string): string {
  const name = basename(path);
  return name.endsWith(SUFFIX) ? join(dirname(path), name.slice(0, -SUFFIX.length)) : path;
}

/** Whether a run has been left there before its end. */
export async function isUnfinished(outputDir: string): Promise<boolean> {
  return (await entriesOf(`${await targetOf(outputDir)}${SUFFIX}`)).length > 0;
}

/** Whether a run has come to its end there, and none has begun to replace it. */
export async function isFinished(outputDir: string): Promise<boolean> {
  return (await isFile(join(outputDir, "run.json"))) && !(await isUnfinished(outputDir));
}

/**
 * That a run may make the directory: it is not there, or empty, or may be replaced.
 *
 * @throws BertieError "output/…"
 */
export async function checkOutputDirectory(
  path: string,
  options: Inputs & Pick<RunOptions, "overwriteOutputDir">,
): Promise<void> {
  const target = await targetOf(path);
  const replaced: string[] = [];
  for (const directory of [target, `${target}${SUFFIX}`])
    if ((await entriesOf(directory)).length > 0) replaced.push(directory);
  if (replaced.includes(target) && !options.overwriteOutputDir) {
    const text = `${path}: the output directory is not empty; give another --output-dir, or --overwrite-output-dir to replace it`;
    throw new BertieError("output/not-empty", text);
  }
  const { model, dataDir, bertConfigFile, vocabFile, initCheckpoint, trainFeatures, evalFeatures } = options;
  const inputs = [model, dataDir, bertConfigFile, vocabFile, initCheckpoint, trainFeatures, evalFeatures];
  for (const kept of [process.cwd(), homedir(), ...inputs.filter((input) => input !== undefined)]) {
    const keptPath = await targetOf(kept);
    if (!replaced.some((directory) => isWithin(keptPath, directory))) continue;
    const text = `${path}: cannot be replaced, as ${kept} is in it; give another --output-dir`;
    throw new BertieError("output/holds-input", text);
  }
}

/**
 * Starts an output directory, or goes on with one that was left. Directories above it are made where they are missing.
 *
 * @param how what to do with checkpoints that were left: without an answer they are a fault
 * @throws BertieError "output/unusable" where nothing can be written, "output/locked" where another run is writing,
 *   "output/unfinished" where there are checkpoints
 */
export async function openRunDirectory(
  outputDir: string,
  how: { readonly overwrite: boolean; readonly resume: boolean },
): Promise<RunDirectory> {
  const target = await targetOf(outputDir);
  const parent = dirname(target);
  const work = `${target}${SUFFIX}`;
  const lock = join(work, LOCK);
  const checkpoints = join(work, CHECKPOINTS);
  const { firstMade, leftBy } = await takeFolder(outputDir, work, lock);
  const folder = createNewFolder(work);
  let done = false;

  async function leave(): Promise<void> {
    if (done) return;
    done = true;
    await folder.abandon();
    const holdsRun = await listCheckpoints(checkpoints).then(
      (steps) => steps.length > 0,
      () => true,
    );
    if (!holdsRun) await rm(work, { recursive: true, force: true }).catch(() => undefined);
    await releaseLock(lock).catch(() => undefined);
    if (!holdsRun && firstMade !== undefined) await removeEmptyDirectories(parent, firstMade);
  }

  try {
    await restoreReplaced(work, target);
    const left = (await listCheckpoints(checkpoints)).at(-1);
    if (left !== undefined && !how.resume && !how.overwrite) {
      const text = `${work}: holds a run that was left after step ${left}; --resume ${outputDir} goes on with it, --overwrite-output-dir begins anew`;
      throw new BertieError("output/unfinished", text);
    }
    const kept = how.resume ? [LOCK, CHECKPOINTS] : [LOCK];
    for (const name of await readdir(work))
      if (!kept.includes(name)) await rm(join(work, name), { recursive: true, force: true });
  } catch (error) {
    await leave();
    throw error;
  }

  return {
    path: outputDir,
    checkpoints,
    leftBy,
    files: () => folder.files().map(({ name }) => name),
    write: folder.write,
    append: folder.append,
    async read(name) {
      if (!folder.files().some((file) => file.name === name)) return "";
      return readFile(join(work, name), "utf8").catch((cause: NodeJS.ErrnoException) => {
        throw notRead(join(work, name), cause);
      });
    },
    async publish(overwrite) {
      await folder.complete();
      try {
        await (overwrite ? replaceDirectory : moveDirectory)(work, target);
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
    leave,
  };
}

/** Removes what a run that was stopped at its very end may have left. */
export async function tidyFinished(outputDir: string): Promise<void> {
  const target = await targetOf(outputDir);
  await rm(join(target, LOCK), { force: true });
  await rm(replacedBy(`${target}${SUFFIX}`), { recursive: true, force: true });
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
    const reason = cause.code === "ENOTDIR" ? "it is no directory" : `it cannot be read (${cause.code})`;
    throw new BertieError("output/unusable", `${path}: ${reason}; give another --output-dir`, { cause });
  });
}

/** Makes the folder to work in, if it is not there, and takes its lock. */
async function takeFolder(outputDir: string, work: string, lock: string) {
  let firstMade: string | undefined;
  try {
    firstMade = await mkdir(work, { recursive: true });
    return { firstMade, leftBy: await takeLock(lock) };
  } catch (cause) {
    if (firstMade !== undefined) await removeEmptyDirectories(work, firstMade);
    if (!isRefusal(cause)) return orNotWritten(work, Promise.reject(cause));
    const text = `${outputDir}: nothing can be written there (${(cause as NodeJS.ErrnoException).code}); give another --output-dir`;
    throw new BertieError("output/unusable", text, { cause });
  }
}

/** Moves a directory to where nothing is, or an empty directory. */
async function moveDirectory(from: string, to: string): Promise<void> {
  await rmdir(to).catch(ignoreMissing);
  await rename(from, to);
}

/** Moves a directory to where another may be, which is gone only when the new one is in its place. */
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

/** Undoes a replacement that was stopped half-way. */
async function restoreReplaced(from: string, to: string): Promise<void> {
  const old = replacedBy(from);
  if ((await entriesOf(old)).length === 0) return;
  if ((await entriesOf(to)).length === 0) await rename(old, to);
  else await rm(old, { recursive: true, force: true });
}

const replacedBy = (work: string) => `${work}.old`;

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
