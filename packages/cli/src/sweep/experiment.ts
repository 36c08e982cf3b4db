import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkOutputDirectory, createDirectories, releaseLock, takeLock, whyNotCreated } from "@bertie/classifier/node";
import { BertieError } from "@bertie/common";
import { formatTime } from "../report/figures.ts";
import { type ChildResult, lastMessage, runInChild } from "./child-run.ts";
import type { Assignment } from "./search-space.ts";
import { type Metrics, prepareArguments, readFinishedRun, writeAtomically } from "./trial-files.ts";

/** File that records the settings of an experiment, by which it is recognized. */
const SETTINGS = "experiment.json";

/** Result of one run of an experiment. */
export interface ExperimentRun {
  readonly status: ChildResult["status"];
  /** Numbers of eval_results.json; empty unless the run is finished. */
  readonly results: Metrics;
  readonly seconds: number;
  readonly error: string | undefined;
  /** Whether an earlier process has finished the run. */
  readonly isOld: boolean;
}

/** Describes how a run without results has ended. */
export function failureOf({ status, error }: Pick<ExperimentRun, "status" | "error">): string {
  return error === undefined ? status : `${status}: ${error}`;
}

/** Formats the duration of a run, to be appended to its results: ` (1:20, from before)`; empty if it is unknown. */
export function durationOf({ seconds, isOld }: Pick<ExperimentRun, "seconds" | "isOld">): string {
  return Number.isFinite(seconds) ? ` (${formatTime(seconds)}${isOld ? ", from before" : ""})` : "";
}

/** Directory with several runs, which can be resumed. */
export interface Experiment {
  readonly directory: string;
  /** Runs `bertie train` with the options, unless the run is finished; resumes the run if it was interrupted. */
  run(name: string, options: Assignment, signal: AbortSignal): Promise<ExperimentRun>;
  /** Returns the results of a run that was executed before; a run without results has failed. */
  read(name: string): ExperimentRun;
  /** Writes a file of results. */
  write(name: string, text: string): Promise<void>;
  /** Lets other processes use the directory. */
  close(): Promise<void>;
}

/**
 * Opens the directory of an experiment, new or from an earlier process.
 *
 * @param settings what determines the runs; an experiment with other settings is not resumed
 * @param access "shared" for one of several processes that execute different runs of an experiment that has been prepared
 * @throws BertieError "sweep/changed" if the directory has an experiment with other settings, "output/…" if it cannot be used
 */
export async function openExperiment(
  directory: string,
  settings: object,
  access: "exclusive" | "shared" = "exclusive",
): Promise<Experiment> {
  const settingsFile = join(directory, SETTINGS);
  const text = `${JSON.stringify(settings, null, 2)}\n`;
  if (!existsSync(settingsFile) && access === "shared") {
    const message = `${directory}: the directory has no sweep (${settingsFile}). Write the job again with --emit, and run it where the directory is.`;
    throw new BertieError("sweep/changed", message);
  }
  if (!existsSync(settingsFile)) await checkOutputDirectory(directory, { overwrite: false });
  await createDirectories(directory).catch(async (cause: unknown) => {
    const message = `${directory}: the directory is not writable (${await whyNotCreated(cause)}). Choose another directory (--output-dir).`;
    throw new BertieError("output/unusable", message, { cause });
  });
  const lock = join(directory, "lock");
  if (access === "exclusive") await takeLock(lock);
  try {
    if (!existsSync(settingsFile)) await writeAtomically(settingsFile, text);
    else if ((await readFile(settingsFile, "utf8")) !== text) {
      const message = `${directory}: the runs in this directory have other settings (${settingsFile}). Restore the settings to continue, or choose another directory (--output-dir).`;
      throw new BertieError("sweep/changed", message);
    }
    await createDirectories(join(directory, "logs"));
    await createDirectories(join(directory, "configs"));
  } catch (error) {
    if (access === "exclusive") await releaseLock(lock);
    throw error;
  }
  return {
    directory,
    async run(name, options, signal) {
      const run = join(directory, name);
      const earlier = readFinishedRun(run);
      if (earlier !== undefined) return { status: "finished", ...earlier, error: undefined, isOld: true };
      const args = await prepareArguments(run, options, join(directory, "configs", `${name}.json`));
      const ended = await runInChild(args, join(directory, "logs", `${name}.log`), signal);
      const finished = readFinishedRun(run);
      return { ...ended, results: {}, ...finished, isOld: false };
    },
    read(name) {
      const finished = readFinishedRun(join(directory, name));
      if (finished !== undefined) return { status: "finished", ...finished, error: undefined, isOld: true };
      const log = join(directory, "logs", `${name}.log`);
      const error = (existsSync(log) ? lastMessage(log) : undefined) ?? "the run has not finished";
      return { status: "failed", results: {}, seconds: Number.NaN, error, isOld: true };
    },
    write: (name, contents) => writeAtomically(join(directory, name), contents),
    close: async () => {
      if (access === "exclusive") await releaseLock(lock);
    },
  };
}
