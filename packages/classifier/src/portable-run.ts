import { BertieError } from "@bertie/common";
import type { RunSetting } from "./checkpoint/checkpoint.ts";
import { MANIFEST, readVerified } from "./checkpoint/manifest.ts";
import { baseName, isModelFile } from "./checkpoint/resume-compatibility.ts";
import { checkpointFolder, listCheckpoints } from "./checkpoint/store.ts";
import { hasSavedData } from "./data/trainer-data.ts";
import { sha256 } from "./storage/sha256.ts";
import { CHECKPOINTS, DATA, type FileWriter, type Storage } from "./storage/storage.ts";

/** A file that a run has read. */
export interface DataFile {
  readonly name: string;
  /** In hexadecimal. */
  readonly sha256: string;
}

/**
 * Writes the newest checkpoint of an interrupted run, and the data that the run has kept, as the files of a directory. If the
 * directory is named `NAME.unfinished`, `bertie train --resume NAME` resumes the run.
 *
 * The storage is not opened, so that a run that waits for its next event can be exported, too.
 *
 * @throws BertieError "checkpoint/none" where there is no checkpoint, "checkpoint/damaged" where the newest is damaged, or is
 *   replaced at the same time
 */
export async function exportRun(storage: Storage, writer: FileWriter): Promise<void> {
  const { unfinished } = storage;
  const step = (await listCheckpoints(unfinished)).at(-1);
  if (step === undefined) throw new BertieError("checkpoint/none", `${storage.name}: holds no checkpoint`);
  const folder = checkpointFolder(step);
  const manifest = await unfinished.read(`${folder}/${MANIFEST}`);
  const files = await readVerified(unfinished, folder);
  for (const [name, contents] of files) await writer.write(`${folder}/${name}`, contents);
  await writer.write(`${folder}/${MANIFEST}`, manifest!);
  for (const name of await unfinished.list(DATA)) {
    const contents = name.startsWith(".") ? undefined : await unfinished.read(`${DATA}/${name}`);
    if (contents !== undefined) await writer.write(`${DATA}/${name}`, contents);
  }
}

/**
 * Imports the newest checkpoint of an interrupted run, and its kept data, into a storage, for {@link createTrainer} to resume.
 * An interrupted run in the storage is removed; a finished run stays.
 *
 * @param files the files of the directory `NAME.unfinished`, by their paths in it; others are ignored
 * @throws BertieError "checkpoint/none" where no checkpoint is among them, "checkpoint/damaged" where the newest is damaged
 */
export async function importRun(storage: Storage, files: ReadonlyMap<string, Blob>): Promise<void> {
  const steps = [...files.keys()].flatMap((path) => {
    const [, step] = /^checkpoints\/step-(\d+)\/state\.json$/.exec(path) ?? [];
    return step === undefined ? [] : [Number(step)];
  });
  if (steps.length === 0) {
    const text = `there is no checkpoint among the files: choose the directory NAME.unfinished, which holds ${CHECKPOINTS}/step-N`;
    throw new BertieError("checkpoint/none", text);
  }
  const read = async (path: string) => {
    const file = files.get(path);
    return file && new Uint8Array(await file.arrayBuffer());
  };
  const newest = checkpointFolder(Math.max(...steps));
  await readVerified({ read, locate: (path) => path }, newest);
  const workspace = await storage.open({ overwrite: true });
  try {
    for (const folder of [newest, DATA]) {
      const inside = [...files.keys()].filter((path) => path.startsWith(`${folder}/`));
      if (inside.length === 0) continue;
      await workspace.stage(folder, async (staged) => {
        for (const path of inside) await staged.write(path.slice(folder.length + 1), (await read(path))!);
      });
    }
  } finally {
    await workspace.close();
  }
}

/** The data files that an interrupted run needs to be resumed elsewhere; none where the run has kept its data. */
export function neededDataFiles({ options, files }: RunSetting): DataFile[] {
  if (hasSavedData(options)) return [];
  return files
    .filter(({ path }) => !isModelFile(path, options))
    .map(({ path, sha256 }) => ({ name: baseName(path), sha256 }));
}

/**
 * Finds the data files of a run among others, whatever their names, by their contents.
 *
 * @returns those that were found, by the names under which the run has read them
 *
 * @example
 * ```ts ignore
 * const { needed } = (await summarizeRun(storage))!;
 * const dataFiles = await findDataFiles(needed, files);
 * const missing = needed.filter(({ name }) => !dataFiles.has(name));
 * if (missing.length === 0) trainer = await createTrainer({ storage, resume: true, resumeAnyway: true, dataFiles });
 * ```
 */
export async function findDataFiles(needed: readonly DataFile[], files: Iterable<Blob>): Promise<Map<string, Blob>> {
  const found = new Map<string, Blob>();
  for (const file of files) {
    if (needed.every(({ name }) => found.has(name))) break;
    const hash = await sha256(new Uint8Array(await file.arrayBuffer()));
    for (const { name, sha256: expected } of needed) if (hash === expected) found.set(name, file);
  }
  return found;
}
