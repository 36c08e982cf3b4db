import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, realpath, rename, rm, rmdir } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import { BertieError } from "@bertie/common";
import { isWithin, removeEmptyDirectories, syncDirectory } from "../files.ts";
import type { RunOptions } from "../options/run-options.ts";

/** An output directory in the making: files are staged beside it, and appear there together, or not at all. */
export interface RunDirectory {
  /** Where the files will be. */
  readonly path: string;
  /** Names of the files, sorted. */
  files(): string[];
  /** Makes a file of the chunks. */
  write(name: string, chunks: string | Uint8Array | Iterable<Uint8Array>): Promise<void>;
  /** Adds to the end of a file. */
  append(name: string, text: string): Promise<void>;
  /**
   * Puts the directory in its place.
   *
   * @throws BertieError "output/not-placed", which says where the files are: they are left there
   */
  publish(): Promise<void>;
  /** Removes what was staged; does nothing after `publish`. */
  discard(): Promise<void>;
}

type Inputs = Partial<
  Pick<
    RunOptions,
    "model" | "dataDir" | "bertConfigFile" | "vocabFile" | "initCheckpoint" | "trainFeatures" | "evalFeatures"
  >
>;

/**
 * That a run may make the directory: it is not there, or empty, or may be replaced.
 *
 * @throws BertieError "output/…"
 */
export async function checkOutputDirectory(
  path: string,
  options: Inputs & Pick<RunOptions, "overwriteOutputDir">,
): Promise<void> {
  const entries = await readdir(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    const reason = cause.code === "ENOTDIR" ? "it is no directory" : `it cannot be read (${cause.code})`;
    throw new BertieError("output/unusable", `${path}: ${reason}; give another --output-dir`, { cause });
  });
  if (entries.length === 0) return;
  if (!options.overwriteOutputDir) {
    const text = `${path}: the output directory is not empty; give another --output-dir, or --overwrite-output-dir to replace it`;
    throw new BertieError("output/not-empty", text);
  }
  const target = await realpath(path);
  const { model, dataDir, bertConfigFile, vocabFile, initCheckpoint, trainFeatures, evalFeatures } = options;
  const inputs = [model, dataDir, bertConfigFile, vocabFile, initCheckpoint, trainFeatures, evalFeatures];
  for (const kept of [process.cwd(), homedir(), ...inputs.filter((input) => input !== undefined)]) {
    const keptPath = await realpath(kept).catch(() => resolve(kept));
    if (!isWithin(keptPath, target)) continue;
    const text = `${path}: cannot be replaced, as ${kept} is in it; give another --output-dir`;
    throw new BertieError("output/holds-input", text);
  }
}

/**
 * Starts an output directory. Directories above it are made where they are missing.
 *
 * @throws BertieError "output/unusable" where nothing can be written
 */
export async function createRunDirectory(outputDir: string, overwrite: boolean): Promise<RunDirectory> {
  const target = await realpath(outputDir).catch(() => resolve(outputDir));
  const parent = dirname(target);
  const { staging, firstMade } = await makeStaging(parent, basename(target)).catch((cause: NodeJS.ErrnoException) => {
    const text = `${outputDir}: nothing can be written there (${cause.code ?? cause.message}); give another --output-dir`;
    throw new BertieError("output/unusable", text, { cause });
  });
  const handles = new Map<string, FileHandle>();
  let done = false;

  async function handleOf(name: string): Promise<FileHandle> {
    const handle = handles.get(name) ?? (await open(join(staging, name), "wx"));
    handles.set(name, handle);
    return handle;
  }

  async function closeAll(sync: boolean): Promise<void> {
    for (const handle of handles.values()) {
      if (sync) await handle.sync();
      await handle.close();
    }
    if (sync) await syncDirectory(staging);
  }

  return {
    path: outputDir,
    files: () => [...handles.keys()].sort(),
    async write(name, chunks) {
      const handle = await handleOf(name);
      for (const chunk of typeof chunks === "string" || chunks instanceof Uint8Array ? [chunks] : chunks)
        await handle.writeFile(chunk);
    },
    async append(name, text) {
      await (await handleOf(name)).writeFile(text);
    },
    async publish() {
      await closeAll(true);
      done = true;
      try {
        await (overwrite ? replaceDirectory : moveDirectory)(staging, target);
      } catch (cause) {
        const text = `${outputDir}: cannot be put in place (${messageOf(cause)}); the run's files are in ${staging}`;
        throw new BertieError("output/not-placed", text, { cause });
      }
      await syncDirectory(parent);
    },
    async discard() {
      if (done) return;
      done = true;
      await closeAll(false);
      await rm(staging, { recursive: true, force: true });
      if (firstMade !== undefined) await removeEmptyDirectories(parent, firstMade);
    },
  };
}

async function makeStaging(parent: string, name: string) {
  const firstMade = await mkdir(parent, { recursive: true });
  const staging = join(parent, `.${name}.${randomUUID().slice(0, 8)}`);
  await mkdir(staging);
  return { staging, firstMade };
}

/** Moves a directory to where nothing is, or an empty directory. */
async function moveDirectory(from: string, to: string): Promise<void> {
  await rmdir(to).catch(ignoreMissing);
  await rename(from, to);
}

/** Moves a directory to where another may be, which is gone only when the new one is in its place. */
async function replaceDirectory(from: string, to: string): Promise<void> {
  const old = `${from}.old`;
  await rename(to, old).catch(ignoreMissing);
  try {
    await rename(from, to);
  } catch (error) {
    await rename(old, to).catch(ignoreMissing);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
