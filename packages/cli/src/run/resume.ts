import { BertieError } from "@bertie/common";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { type Difference, mergeOptions } from "../checkpoint/differences.ts";
import { newestCheckpoint } from "../checkpoint/newest.ts";
import type { RunOptions } from "../options/run-options.ts";
import { info, type RunEvent, warning } from "./events.ts";
import { isFinished, isUnfinished, openRunDirectory, type RunDirectory, withoutSuffix } from "./run-directory.ts";

/** A request for a run, with what it goes on with. */
export interface Resumption {
  readonly options: RunOptions;
  readonly given: ReadonlySet<keyof RunOptions>;
  /** Undefined where the run begins. */
  readonly checkpoint: Checkpoint | undefined;
  /** What is not as it was. */
  readonly differences: readonly Difference[];
  readonly notes: readonly RunEvent[];
}

/**
 * The output directory that options name, be it by `--resume DIR`.
 *
 * @throws BertieError "options/resume"
 */
export function outputDirOf({ outputDir, resume }: RunOptions): string | undefined {
  if (resume === undefined) return outputDir;
  if (resume === true && outputDir === undefined)
    throw new BertieError("options/resume", "--resume: which run? give its directory, or --output-dir");
  const directory = withoutSuffix(resume === true ? outputDir! : resume);
  if (outputDir === undefined || withoutSuffix(outputDir) === directory) return directory;
  const text = `--resume ${directory} goes on in that directory, and --output-dir is ${outputDir}: leave one out`;
  throw new BertieError("options/resume", text);
}

/** Whether there is nothing to resume, as the run has come to its end. */
export async function isDone(options: RunOptions): Promise<boolean> {
  const directory = outputDirOf(options);
  return options.resume !== undefined && directory !== undefined && (await isFinished(directory));
}

/**
 * Opens the directory of a run that was left.
 *
 * @throws BertieError "options/resume" where a directory is named and no run was left there
 */
export async function reopenRunDirectory(outputDir: string, { resume }: RunOptions): Promise<RunDirectory> {
  if (typeof resume === "string" && !(await isUnfinished(outputDir)))
    throw new BertieError("options/resume", `${outputDir}: no run was left there; look for ${outputDir}.unfinished`);
  return openRunDirectory(outputDir, { overwrite: false, resume: true });
}

/**
 * Reads what a run was left with.
 *
 * @throws BertieError "checkpoint/…"
 */
export async function resumeIn(
  directory: RunDirectory,
  options: RunOptions,
  given: ReadonlySet<keyof RunOptions>,
): Promise<Resumption> {
  const { checkpoint, damages } = await newestCheckpoint(directory.checkpoints);
  if (checkpoint === undefined) {
    const notes = [info(`${directory.path}: there is no checkpoint yet: the run begins anew`)];
    return { options, given, checkpoint, differences: [], notes };
  }
  const { setting, progress } = checkpoint.state;
  return {
    ...mergeOptions(options, given, setting),
    checkpoint,
    notes: [
      ...damages.map((damage) => warning(`${damage}: skipped`)),
      info(`${directory.path}: goes on after step ${progress.steps}`),
    ],
  };
}
