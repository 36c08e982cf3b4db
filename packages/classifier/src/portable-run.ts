import { BertieError } from "@bertie/common";
import type { RunSetting } from "./checkpoint/checkpoint.ts";
import { MANIFEST, readVerified } from "./checkpoint/manifest.ts";
import { baseName, isModelFile } from "./checkpoint/resume-compatibility.ts";
import { checkpointFolder, listCheckpoints } from "./checkpoint/store.ts";
import { hasSavedData } from "./data/trainer-data.ts";
import { sha256 } from "./storage/sha256.ts";
import { CHECKPOINTS, DATA, type FileWriter, type Storage } from "./storage/storage.ts";

/** Data file that a run has read. */
export interface DataFile {
  /** File name without folders. */
  readonly name: string;
  /** SHA-256 hash in hexadecimal. */
  readonly sha256: string;
}

/**
 * Exports an interrupted run: writes its newest checkpoint and its saved data to a file writer. If the files are placed
 * in a directory `NAME.unfinished`, `bertie train --resume NAME` resumes the run.
 *
 * The storage is not opened, so a run in progress can be exported while it waits for its next event.
 *
 * @param storage storage of the interrupted run
 * @param writer receives the files with their paths in the directory, such as `checkpoints/step-2/state.json`
 * @throws BertieError "checkpoint/none" if the storage holds no checkpoint, "checkpoint/damaged" if the newest
 *   checkpoint is damaged or is replaced during the export, "input/not-read" if the disk fails
 *
 * @example
 * ```ts
 * import { createTrainer, exportRun, memoryStorage } from "@bertie/classifier";
 *
 * const train = [{ text: "好", label: "positive" }, { text: "差", label: "negative" }];
 * const storage = memoryStorage();
 * await using trainer = await createTrainer({ model: "examples/models/bge-small-zh-v1.5", train, storage, keepData: true });
 * for await (const event of trainer.run()) if (event.type === "checkpoint") break;
 *
 * await exportRun(storage, { write: async (path) => console.log(path) }); // checkpoints/step-1/config.json …
 * ```
 */
export async function exportRun(storage: Storage, writer: FileWriter): Promise<void> {
  const { unfinished } = storage;
  const step = (await listCheckpoints(unfinished)).at(-1);
  if (step === undefined) {
    const text = `${storage.name}: the storage holds no checkpoint. Export a run after its first checkpoint.`;
    throw new BertieError("checkpoint/none", text);
  }
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
 * Imports an interrupted run into a storage: its newest checkpoint and its saved data. `createTrainer()` can then
 * resume the run. An interrupted run in the storage is replaced; a finished run is kept.
 *
 * @param storage storage to import the run into
 * @param files files of the directory `NAME.unfinished`, by path in that directory; other files are ignored
 * @throws BertieError "checkpoint/none" if there is no checkpoint among the files, "checkpoint/damaged" if the newest
 *   checkpoint is damaged
 * @throws BertieError "output/locked" or "browser/other-tab" if a run is writing to the storage, "output/unusable",
 *   "output/not-written", "browser/no-storage" or "browser/storage-full" if the storage cannot be written
 *
 * @example
 * ```ts
 * import { createTrainer, exportRun, importRun, memoryStorage, summarizeRun } from "@bertie/classifier";
 *
 * const train = [{ text: "好", label: "positive" }, { text: "差", label: "negative" }];
 * const storage = memoryStorage();
 * await using trainer = await createTrainer({ model: "examples/models/bge-small-zh-v1.5", train, storage, keepData: true });
 * for await (const event of trainer.run()) if (event.type === "checkpoint") break;
 *
 * const files = new Map<string, Blob>();
 * await exportRun(storage, { write: async (path, chunks) => void files.set(path, new Blob([chunks as BlobPart])) });
 * const copy = memoryStorage();
 * await importRun(copy, files);
 * console.log((await summarizeRun(copy))?.step); // 1
 * ```
 */
export async function importRun(storage: Storage, files: ReadonlyMap<string, Blob>): Promise<void> {
  const steps = [...files.keys()].flatMap((path) => {
    const [, step] = /^checkpoints\/step-(\d+)\/state\.json$/.exec(path) ?? [];
    return step === undefined ? [] : [Number(step)];
  });
  if (steps.length === 0) {
    const text = `the files contain no checkpoint. Choose the directory NAME.unfinished, which contains ${CHECKPOINTS}/step-N.`;
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

/** Returns the data files that are needed to resume a run. Empty if the run has saved its data. */
export function neededDataFiles({ options, files }: RunSetting): DataFile[] {
  if (hasSavedData(options)) return [];
  return files
    .filter(({ path }) => !isModelFile(path, options))
    .map(({ path, sha256 }) => ({ name: baseName(path), sha256 }));
}

/**
 * Finds the data files of a run among other files by their contents. File names do not matter.
 *
 * @param needed data files of the run, see {@link RunSummary.needed}
 * @param files files to search
 * @returns the matching files, by their original names, for the option `dataFiles` of `createTrainer()`
 *
 * @example
 * ```ts
 * import { findDataFiles } from "@bertie/classifier";
 *
 * // usually (await summarizeRun(storage))?.needed
 * const sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
 * const dataFiles = await findDataFiles([{ name: "train.tsv", sha256 }], [new Blob(["other"]), new Blob(["hello"])]);
 * console.log([...dataFiles.keys()]); // [ "train.tsv" ]
 * ```
 */
export async function findDataFiles(needed: readonly DataFile[], files: Iterable<Blob>): Promise<Map<string, Blob>> {
  const matches = new Map<string, Blob>();
  for (const file of files) {
    if (needed.every(({ name }) => matches.has(name))) break;
    const hash = await sha256(new Uint8Array(await file.arrayBuffer()));
    for (const { name, sha256: expected } of needed) if (hash === expected) matches.set(name, file);
  }
  return matches;
}
