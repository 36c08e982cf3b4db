import { BertieError } from "@bertie/common";
import { type Checkpoint, readCheckpoint } from "./checkpoint.ts";
import { checkpointPath, listCheckpoints } from "./store.ts";

/** What there is to go on with. */
export interface Newest {
  /** Undefined where there is none yet. */
  readonly checkpoint: Checkpoint | undefined;
  /** What is wrong with those that were skipped. */
  readonly damages: readonly string[];
}

/**
 * The newest checkpoint that is whole.
 *
 * @throws BertieError "checkpoint/none-whole" where all are damaged
 */
export async function newestCheckpoint(directory: string): Promise<Newest> {
  const steps = await listCheckpoints(directory);
  const damages: string[] = [];
  for (const step of steps.toReversed()) {
    try {
      return { checkpoint: await readCheckpoint(checkpointPath(directory, step)), damages };
    } catch (error) {
      if (!(error instanceof BertieError) || error.code !== "checkpoint/damaged") throw error;
      damages.push(error.message);
    }
  }
  if (steps.length === 0) return { checkpoint: undefined, damages };
  const text = `${damages.join("; ")}; none is whole: begin anew with --overwrite-output-dir`;
  throw new BertieError("checkpoint/none-whole", text);
}
