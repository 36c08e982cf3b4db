import { BertieError } from "@bertie/common";
import { CHECKPOINTS, type StagedFolder, type Workspace } from "../storage/storage.ts";
import { type Checkpoint, readCheckpoint } from "./checkpoint.ts";
import { type CheckpointSource, MANIFEST, manifestOf } from "./manifest.ts";

const NAME = /^step-(\d+)$/;

/** Returns the folder of the checkpoint after a step. */
export function checkpointFolder(step: number): string {
  return `${CHECKPOINTS}/step-${step}`;
}

/**
 * Returns the steps of the checkpoints in a workspace in ascending order. Incomplete folders, which have other names,
 * are ignored.
 */
export async function listCheckpoints(workspace: Pick<Workspace, "list">): Promise<number[]> {
  const names = await workspace.list(CHECKPOINTS);
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/**
 * Writes a checkpoint atomically.
 *
 * @param fill writes the files
 * @throws BertieError "output/not-written" if a file operation fails; other checkpoints remain unchanged
 */
export async function saveCheckpoint(
  workspace: Workspace,
  step: number,
  fill: (folder: StagedFolder) => Promise<void>,
): Promise<void> {
  await workspace.stage(checkpointFolder(step), async (folder) => {
    await fill(folder);
    await folder.write(MANIFEST, manifestOf(await folder.files()));
  });
}

/** Removes all checkpoints except the given ones, and all incomplete folders. */
export async function keepOnly(workspace: Workspace, steps: readonly number[]): Promise<void> {
  const retained = new Set(steps.map((step) => `step-${step}`));
  for (const name of await workspace.list(CHECKPOINTS))
    if (!retained.has(name)) await workspace.remove(`${CHECKPOINTS}/${name}`);
}

/** Checkpoint that a run resumes from. */
export interface NewestCheckpoint {
  /** Newest valid checkpoint; undefined if there is no checkpoint. */
  readonly checkpoint: Checkpoint | undefined;
  /** Descriptions of newer checkpoints that are damaged and were skipped. */
  readonly damages: readonly string[];
}

/**
 * Reads the newest valid checkpoint. Damaged checkpoints are skipped.
 *
 * @throws BertieError "checkpoint/none-whole" if all checkpoints are damaged, "checkpoint/version" if another version
 *   of Bertie wrote the checkpoint, "input/not-read" if the disk fails
 *
 * @example
 * ```ts
 * import { memoryStorage, newestCheckpoint } from "@bertie/classifier";
 *
 * const workspace = await memoryStorage().open();
 * console.log(await newestCheckpoint(workspace)); // { checkpoint: undefined, damages: [] }
 * ```
 */
export async function newestCheckpoint(
  workspace: CheckpointSource & Pick<Workspace, "list">,
): Promise<NewestCheckpoint> {
  const steps = await listCheckpoints(workspace);
  const damages: string[] = [];
  for (const step of steps.toReversed()) {
    try {
      return { checkpoint: await readCheckpoint(workspace, checkpointFolder(step)), damages };
    } catch (error) {
      if (!(error instanceof BertieError) || error.code !== "checkpoint/damaged") throw error;
      damages.push(error.message);
    }
  }
  if (steps.length === 0) return { checkpoint: undefined, damages };
  const text = `${damages.join("; ")}; no checkpoint is valid. Set overwrite (--overwrite-output-dir) to start over.`;
  throw new BertieError("checkpoint/none-whole", text);
}
