import type { momentsOf } from "@bertie/optim";
import { FILES, type RunState, writeState, writeTensors } from "../checkpoint/checkpoint.ts";
import { saveCheckpoint } from "../checkpoint/store.ts";
import type { Workspace } from "../storage/storage.ts";
import { formatJson, writeModelFiles } from "./output-files.ts";
import type { PreparedRun } from "./prepared-run.ts";
import { runRecord } from "./run-record.ts";

/**
 * Writes a checkpoint with the parameters in the state of the executor.
 *
 * @param state contents of state.json, except what the run determines
 * @param moments names of the moments in the state of the executor; undefined if the checkpoint has no moments, because
 *   all of them are 0 or no update follows
 */
export async function writeCheckpoint(
  run: PreparedRun & { readonly workspace: Workspace },
  state: Omit<RunState, "format" | "setting">,
  moments: ReturnType<typeof momentsOf> | undefined,
): Promise<void> {
  const { executor, optimizerExecutor = executor, workspace, setting } = run;
  const { progress } = state;
  await saveCheckpoint(workspace, progress.steps, async (folder) => {
    await writeModelFiles(folder, run);
    await folder.write("run.json", formatJson(runRecord(run, undefined, progress.seconds)));
    await writeTensors(folder, FILES.weights, executor, run.specs);
    if (moments !== undefined) {
      await writeTensors(folder, FILES.firstMoments, optimizerExecutor, moments.first);
      await writeTensors(folder, FILES.secondMoments, optimizerExecutor, moments.second);
    }
    await folder.write(FILES.metrics, (await workspace.read(FILES.metrics)) ?? "");
    await writeState(folder, { format: 1, ...state, setting });
  });
}
