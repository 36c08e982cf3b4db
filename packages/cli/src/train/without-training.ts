import { BertieError } from "@bertie/common";
import type { Resolved } from "../options/command-line.ts";
import type { RunOptions, runOptions } from "../options/run-options.ts";
import type { TaskRequest } from "./prepare-task.ts";
import { optionFlag } from "./recorded-options.ts";

/** Options that make a run train. */
const TRAINING: readonly (keyof RunOptions)[] = [
  "doTrain",
  "resume",
  "resumeAnyway",
  "seeds",
  "metric",
  "earlyStopping",
  "writePlan",
  "stopAfter",
];

/** Options of a training run that select what else the run does, and where it writes. */
const OF_THE_RUN: readonly (keyof RunOptions)[] = ["doEval", "doPredict", "outputDir", "overwriteOutputDir"];

/**
 * Returns the options for a command that does not train. Options of the training run are ignored if they are in the
 * `--config` file, so that commands can share the file: only the command line decides what the command does and where it
 * writes.
 *
 * @param name name of the command in messages, such as `bertie eval`
 * @throws BertieError "options/usage" if an option on the command line asks for training
 */
export function withoutTraining(
  { options, given, onCommandLine }: Resolved<typeof runOptions>,
  name: string,
): TaskRequest {
  const asked = TRAINING.find((option) => onCommandLine.has(option) && options[option] !== false);
  if (asked !== undefined) {
    const text = `${name} does not train, so ${optionFlag(asked)} has no meaning. Remove ${optionFlag(asked)}, or run "bertie train".`;
    throw new BertieError("options/usage", text);
  }
  const ignored = new Set([...TRAINING, ...OF_THE_RUN].filter((option) => !onCommandLine.has(option)));
  const isUsed = ([option]: [string, unknown]) => !ignored.has(option as keyof RunOptions);
  const defaults = { doTrain: false, doEval: false, doPredict: false, resumeAnyway: false, overwriteOutputDir: false };
  return {
    options: { ...defaults, ...Object.fromEntries(Object.entries(options).filter(isUsed)) } as RunOptions,
    given: new Set([...given].filter((option) => !ignored.has(option))),
  };
}
