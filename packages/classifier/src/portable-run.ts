import { BertieError } from "@bertie/common";
import { readProven } from "./checkpoint/manifest.ts";
import { checkpointFolder, listCheckpoints } from "./checkpoint/store.ts";
import { CHECKPOINTS, DATA, type FileWriter, type Storage } from "./storage/storage.ts";

/**
 * Writes the newest checkpoint of an interrupted run, and the data that the run has kept, as the files of a directory: named
 * `NAME.unfinished`, it is one that `bertie train --resume NAME` resumes.
 *
 * @throws BertieError "checkpoint/none" where there is no checkpoint, "output/locked" while the run goes on
 */
export async function exportRun(storage: Storage, writer: FileWriter): Promise<void> {
  const workspace = await storage.open({ resume: true });
  try {
    const step = (await listCheckpoints(workspace)).at(-1);
    if (step === undefined) throw new BertieError("checkpoint/none", `${storage.name}: holds no checkpoint`);
    for (const folder of [checkpointFolder(step), DATA])
      for (const name of await workspace.list(folder)) {
        const contents = name.startsWith(".") ? undefined : await workspace.read(`${folder}/${name}`);
        if (contents !== undefined) await writer.write(`${folder}/${name}`, contents);
      }
  } finally {
    await workspace.close();
  }
}

/**
 * Puts the newest valid checkpoint of an interrupted run into a storage, for {@link createTrainer} to resume; what the storage
 * held is removed.
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
  await readProven({ read, locate: (path) => path }, newest);
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
