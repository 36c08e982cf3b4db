import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory } from "../files.ts";
import { createNewFolder, type FileWriter, orNotWritten } from "../run/new-folder.ts";
import { MANIFEST, manifestOf } from "./manifest.ts";

const NAME = /^step-(\d+)$/;

/** The steps of the checkpoints in a directory, ascending. What has another name was not completed. */
export async function listCheckpoints(directory: string): Promise<number[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const steps = names.flatMap((name) => NAME.exec(name)?.[1] ?? []);
  return steps.map(Number).sort((a, b) => a - b);
}

export function checkpointPath(directory: string, step: number): string {
  return join(directory, `step-${step}`);
}

/**
 * Makes a checkpoint: its files are staged beside its place, the manifest last, synced, and appear together or not at all.
 *
 * @param fill writes the files
 * @throws BertieError "output/not-written"; then the checkpoints are as they were
 */
export async function saveCheckpoint(
  directory: string,
  step: number,
  fill: (folder: FileWriter) => Promise<void>,
): Promise<void> {
  const path = checkpointPath(directory, step);
  const staging = join(directory, `.step-${step}`);
  await orNotWritten(staging, startFolder(staging));
  const folder = createNewFolder(staging);
  try {
    await fill(folder);
    await folder.write(MANIFEST, manifestOf(folder.files()));
    await folder.complete();
    // One of that step can only be one that was found to be damaged.
    await orNotWritten(path, rm(path, { recursive: true, force: true }));
    await orNotWritten(path, rename(staging, path));
    await orNotWritten(directory, syncDirectory(directory));
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

/** Removes all checkpoints but these, and what was staged and not completed. */
export async function keepOnly(directory: string, steps: readonly number[]): Promise<void> {
  const kept = new Set(steps.map((step) => `step-${step}`));
  for (const name of await orNotWritten(directory, readdir(directory)))
    if (!kept.has(name)) await orNotWritten(join(directory, name), removeCheckpoint(directory, name));
}

/** A checkpoint gets another name first: one that is removed in part must not be taken for one that is damaged. */
async function removeCheckpoint(directory: string, name: string): Promise<void> {
  const going = join(directory, name.startsWith(".") ? name : `.${name}`);
  if (!name.startsWith(".")) await rename(join(directory, name), going);
  await rm(going, { recursive: true, force: true });
}
