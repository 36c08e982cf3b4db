import process from "node:process";
import { BertieError } from "@bertie/common";
import { Interrupted, interruptible } from "../interrupt.ts";
import type { Resolved } from "../options/command-line.ts";
import type { runOptions } from "../options/run-options.ts";
import { kebabCase } from "../options/table.ts";
import { formatTime } from "../report/figures.ts";
import { checkRun } from "./check-runs.ts";
import { type ExperimentRun, openExperiment } from "./experiment.ts";
import { alignColumns } from "./results.ts";
import { inParallel } from "./run-trials.ts";
import { failedRuns } from "./sweep.ts";

/** Options that determine the directory and the runs, so that they are not passed on. */
const OF_THE_EXPERIMENT: ReadonlySet<string> = new Set(["seeds", "seed", "outputDir", "trainFile"]);

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

/**
 * Runs `bertie train --seeds N`: trains with N seeds, each in a process of its own and in a directory `seed-…` of
 * `--output-dir`, prints the mean and the standard deviation of each metric, and writes seeds.json. Finished runs are not
 * repeated, and interrupted ones are resumed.
 *
 * @param tables arguments of the command
 * @throws BertieError "options/…", "output/…", "sweep/changed", or "sweep/failed" if runs fail
 */
export async function trainWithSeeds(
  tables: readonly string[],
  { options, given }: Pick<Resolved<typeof runOptions>, "options" | "given">,
): Promise<void> {
  const { seeds: count = 1, seed, outputDir } = options;
  const conflict = (["resume", "resumeAnyway", "overwriteOutputDir", "dryRun", "json"] as const).find((name) =>
    given.has(name),
  );
  if (conflict !== undefined) {
    const text = `--seeds and --${kebabCase(conflict)} cannot be combined. Remove one of the two. The same command resumes the runs of --seeds.`;
    throw new BertieError("options/conflict", text);
  }
  const trainFile = [...tables, ...(options.trainFile ?? [])];
  if (outputDir === undefined)
    throw new BertieError("options/missing", "--seeds requires a directory for the runs. Add --output-dir DIR.");
  if (trainFile.includes("-"))
    throw new BertieError(
      "options/conflict",
      "--seeds reads the table once per seed, which stdin does not allow. Name a file.",
    );
  const passed = [...given].filter((name) => !OF_THE_EXPERIMENT.has(name));
  const shared = {
    ...Object.fromEntries(passed.map((name) => [kebabCase(name), options[name]])),
    ...(trainFile.length > 0 && { "train-file": trainFile }),
  };
  await checkRun(shared, "--seeds");
  const experiment = await openExperiment(outputDir, { kind: "seeds", run: shared, seed });
  const seeds = Array.from({ length: count }, (_, i) => seed + i);
  try {
    await interruptible(async (_, signal) => {
      const runs = await inParallel(seeds, 1, signal, async (each) => {
        process.stderr.write(`seed ${each}\n`);
        const run = await experiment.run(`seed-${each}`, { ...shared, seed: each }, signal);
        process.stderr.write(`seed ${each}: ${describe(run)}\n`);
        return { seed: each, name: `seed-${each}`, ...run };
      });
      if (signal.aborted) {
        const { reason } = signal.reason as Interrupted;
        throw new Interrupted(reason, "finished runs are kept; run the same command again to continue");
      }
      const finished = runs.filter(({ status }) => status === "finished");
      const names = Object.keys(finished[0]?.results ?? {}).filter((name) => name !== "global_step");
      const metrics = Object.fromEntries(
        (finished.length > 1 ? names : []).map((name) => [
          name,
          spreadOf(finished.map(({ results }) => results[name]!)),
        ]),
      );
      const summary = {
        seeds: finished.map((run) => run.seed),
        metrics,
        runs: runs.map((run) => ({
          seed: run.seed,
          directory: run.name,
          status: run.status,
          error: run.error ?? null,
        })),
      };
      await experiment.write("seeds.json", `${JSON.stringify(summary, null, 2)}\n`);
      const rows = Object.entries(metrics).map(([name, { mean, standard_deviation }]) => [
        ...[name, mean.toFixed(4), standard_deviation.toFixed(4)],
      ]);
      const table = alignColumns([[`metric (${finished.length} seeds)`, "mean", "standard deviation"], ...rows]);
      process.stdout.write(`${table.join("\n")}\n`);
      process.stderr.write(`written to ${outputDir}: seeds.json\n`);
      const failed = runs.filter(({ status }) => status === "failed");
      if (failed.length > 0) throw failedRuns(failed, runs.length, outputDir);
    });
  } finally {
    await experiment.close();
  }
}

function describe({ status, results, seconds, error, isOld }: ExperimentRun): string {
  if (status !== "finished") return error === undefined ? status : `${status}: ${error}`;
  const { eval_accuracy: accuracy, eval_loss: loss } = results;
  const figures = [
    ...(accuracy === undefined ? [] : [`accuracy ${accuracy.toFixed(4)}`]),
    ...(loss === undefined ? [] : [`loss ${loss.toFixed(4)}`]),
  ];
  const time = Number.isFinite(seconds) ? ` (${formatTime(seconds)}${isOld ? ", from before" : ""})` : "";
  return `${figures.join(", ")}${time}`;
}
