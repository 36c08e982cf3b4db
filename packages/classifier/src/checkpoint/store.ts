import { BertieError } from "@bertie/common";
import { CHECKPOINTS, type StagedFolder, type Workspace } from "../storage/storage.ts";
import { type Checkpoint, readCheckpoint } from "./checkpoint.ts";
import { type CheckpointSource, MANIFEST, manifestOf } from "./manifest.ts";

const NAME = /^step-(\d+)$/;

/** The folder of the checkpoint after a step. */
export function checkpointFolder(step: number): string {
  return `${CHECKPOINTS}/step-${step}`;
}

/** The steps of the checkpoints in a workspace, ascending. Folders with other names were not completed. */
export async function listCheckpoints(workspace: Pick<Workspace, "list">): Promise<number[]> {
  const names = await workspace.list(CHECKPOINTS);
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/**
 * Writes a checkpoint whose files appear together or not at all.
 *
 * @param fill writes the files
 * @throws BertieError "output/not-written"; the other checkpoints are then unchanged
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

/** Removes all checkpoints except these, and what was staged and not completed. */
export async function keepOnly(workspace: Workspace, steps: readonly number[]): Promise<void> {
  const kept = new Set(steps.map((step) => `step-${step}`));
  for (const name of await workspace.list(CHECKPOINTS))
    if (!kept.has(name)) await workspace.remove(`${CHECKPOINTS}/${name}`);
}

/** The checkpoint that a run resumes from. */
export interface NewestCheckpoint {
  /** Undefined where there is none yet. */
  readonly checkpoint: Checkpoint | undefined;
  /** Descriptions of the newer checkpoints, which are damaged and were skipped. */
  readonly damages: readonly string[];
}

/**
 * Reads the newest valid checkpoint.
 *
 * @throws BertieError "checkpoint/none-whole" where all are damaged
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
  const text = `${damages.join("; ")}; no checkpoint is valid: start over with --overwrite-output-dir`;
  throw new BertieError("checkpoint/none-whole", text);
}
