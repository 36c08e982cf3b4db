import { join } from "node:path";
import process from "node:process";
import { alignColumns, BertieError } from "@bertie/common";
import { Interrupted, interruptible } from "../interrupt.ts";
import type { Resolved } from "../options/command-line.ts";
import type { RunOptions, runOptions } from "../options/run-options.ts";
import { kebabCase } from "../options/table.ts";
import { runName } from "../tables/table-run.ts";
import { checkFolds } from "./check-folds.ts";
import { checkRun } from "./check-runs.ts";
import { durationOf, type Experiment, type ExperimentRun, failureOf, openExperiment } from "./experiment.ts";
import { inParallel } from "./run-trials.ts";
import type { Assignment } from "./search-space.ts";
import { failedRuns } from "./sweep.ts";

/** Options that determine the directory and the runs, so that they are not passed on. */
const OF_THE_EXPERIMENT: ReadonlySet<string> = new Set(["seeds", "folds", "seed", "outputDir", "trainFile"]);

/** Mean and sample standard deviation of a metric. */
export interface Spread {
  readonly mean: number;
  /** Square root of the sum of squared deviations divided by n - 1. */
  readonly standard_deviation: number;
  readonly values: readonly number[];
}

/** Returns the mean and the sample standard deviation of at least two values. */
export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standard_deviation: Math.sqrt(squares / (values.length - 1)), values };
}

/** Runs of one command that differ in one option. */
interface Repetition {
  /** Option that the user has set: `seeds` or `folds`. */
  readonly option: "seeds" | "folds";
  /** Name of a run in messages and of its directory, such as `seed-42`. */
  readonly names: readonly string[];
  /** Options of each run in addition to the shared ones. */
  readonly options: readonly Assignment[];
}

/** Returns whether a run is repeated with other seeds or on other parts of the data. */
export function isRepeated({ seeds, folds, fold }: Pick<RunOptions, "seeds" | "folds" | "fold">): boolean {
  return seeds !== undefined || (folds !== undefined && fold === undefined);
}

/**
 * Runs `bertie train --seeds N` or `--folds N`: trains N models, with other seeds or each evaluated on another part of the
 * rows. Each run has its own process and its own directory in `--output-dir`. Prints the mean and the standard deviation of
 * each metric, and writes them to seeds.json or folds.json. Finished runs are not repeated, and interrupted ones are resumed.
 *
 * @param tables arguments of the command
 * @throws BertieError "options/…", "output/…", "sweep/changed", or "sweep/failed" if runs fail
 */
export async function trainRepeatedly(
  tables: readonly string[],
  { options, given }: Pick<Resolved<typeof runOptions>, "options" | "given">,
): Promise<void> {
  const { seed } = options;
  const repetition = repetitionOf(options);
  const flag = `--${repetition.option}`;
  const others = [
    ...(["resume", "resumeAnyway", "overwriteOutputDir", "dryRun", "json", "seeds"] as const),
    ...(["writePlan", "stopAfter"] as const),
  ];
  const conflict = others.find((name) => name !== repetition.option && given.has(name));
  if (conflict !== undefined) {
    const text = `${flag} and --${kebabCase(conflict)} cannot be combined. Remove one of the two. The same command resumes the runs of ${flag}.`;
    throw new BertieError("options/conflict", text);
  }
  const trainFile = [...tables, ...(options.trainFile ?? [])];
  const outputDir = options.outputDir ?? defaultDirectory(trainFile[0], repetition.option);
  if (trainFile.includes("-")) {
    const text = `${flag} reads the table once per run, which stdin does not allow. Name a file.`;
    throw new BertieError("options/conflict", text);
  }
  if (options.outputDir === undefined) process.stderr.write(`writing to ${outputDir} (--output-dir)\n`);
  const passed = [...given].filter((name) => !OF_THE_EXPERIMENT.has(name));
  const shared = {
    ...Object.fromEntries(passed.map((name) => [kebabCase(name), options[name]])),
    ...(trainFile.length > 0 && { "train-file": trainFile }),
  };
  await checkFolds(await checkRun({ ...shared, ...repetition.options[0] }, flag));
  const experiment = await openExperiment(outputDir, { kind: repetition.option, run: shared, seed });
  try {
    await interruptible(async (_, signal) => {
      const runs = await inParallel(repetition.names, 1, signal, async (name) => {
        process.stderr.write(`${name}\n`);
        const run = await experiment.run(
          name,
          { ...shared, ...repetition.options[repetition.names.indexOf(name)] },
          signal,
        );
        process.stderr.write(`${name}: ${describe(run)}\n`);
        return { name, ...run };
      });
      if (signal.aborted) {
        const { reason } = signal.reason as Interrupted;
        throw new Interrupted(reason, "finished runs are kept; run the same command again to continue");
      }
      await report(experiment, repetition, runs);
      const failed = runs.filter(({ status }) => status === "failed");
      if (failed.length > 0) throw failedRuns(failed, runs.length, outputDir);
    });
  } finally {
    await experiment.close();
  }
}

/** Returns the runs that `--seeds` or `--folds` asks for. */
function repetitionOf({ seeds, folds = 0, seed }: Pick<RunOptions, "seeds" | "folds" | "seed">): Repetition {
  const count = seeds ?? folds;
  const numbers = Array.from({ length: count }, (_, i) => (seeds === undefined ? i + 1 : seed + i));
  if (seeds !== undefined)
    return {
      option: "seeds",
      names: numbers.map((number) => `seed-${number}`),
      options: numbers.map((number) => ({ seed: number })),
    };
  return {
    option: "folds",
    names: numbers.map((number) => `fold-${number}`),
    options: numbers.map((number) => ({ seed, folds, fold: number })),
  };
}

/** Prints the mean and the standard deviation of each metric, and writes them to a file. */
async function report(
  experiment: Experiment,
  { option, names }: Repetition,
  runs: readonly (ExperimentRun & { readonly name: string })[],
): Promise<void> {
  const finished = runs.filter(({ status }) => status === "finished");
  const keys = Object.keys(finished[0]?.results ?? {}).filter((key) => key !== "global_step");
  const metrics = Object.fromEntries(
    (finished.length > 1 ? keys : []).map((key) => [key, spreadOf(finished.map(({ results }) => results[key]!))]),
  );
  const numberOf = (name: string) => Number(name.split("-").at(-1));
  const summary = {
    [option]: finished.map(({ name }) => numberOf(name)),
    metrics,
    runs: runs.map(({ name, status, error }) => ({
      [option.slice(0, -1)]: numberOf(name),
      ...{ directory: name, status, error: error ?? null },
    })),
  };
  await experiment.write(`${option}.json`, `${JSON.stringify(summary, null, 2)}\n`);
  const rows = Object.entries(metrics).map(([key, { mean, standard_deviation }]) => [
    ...[key, mean.toFixed(4), standard_deviation.toFixed(4)],
  ]);
  const counted = `${finished.length}${finished.length === names.length ? "" : ` of ${names.length}`} ${option}`;
  const table = alignColumns([[`metric (${counted})`, "mean", "standard deviation"], ...rows]);
  process.stdout.write(`${table.join("\n")}\n`);
  process.stderr.write(`written to ${experiment.directory}: ${option}.json\n`);
}

/** Returns the directory for the runs on a table: the same one each time, so that the same command resumes them. */
function defaultDirectory(table: string | undefined, option: Repetition["option"]): string {
  if (table === undefined)
    throw new BertieError("options/missing", `--${option} requires a directory for the runs. Add --output-dir DIR.`);
  return join("runs", `${runName(table)}-${option}`);
}

function describe(run: ExperimentRun): string {
  if (run.status !== "finished") return failureOf(run);
  const { eval_accuracy: accuracy, eval_loss: loss } = run.results;
  const figures = [
    ...(accuracy === undefined ? [] : [`accuracy ${accuracy.toFixed(4)}`]),
    ...(loss === undefined ? [] : [`loss ${loss.toFixed(4)}`]),
  ];
  return `${figures.join(", ")}${durationOf(run)}`;
}
