import { join } from "node:path";
import process from "node:process";
import { BertieError } from "@bertie/common";
import { Interrupted, interruptible } from "../interrupt.ts";
import { widthOf } from "../report/terminal.ts";
import { durationOf, type Experiment, type ExperimentRun, failureOf, openExperiment } from "./experiment.ts";
import { type Rung, rungsOf } from "./halving.ts";
import { plotSvg } from "./plot.ts";
import { metricIn, type Objective, objectiveOf, rank, resultBars, resultTable } from "./results.ts";
import { inParallel } from "./run-trials.ts";
import { type Assignment, drawFrom, gridOf } from "./search-space.ts";
import type { SweepFile } from "./sweep-file.ts";
import type { SweepOptions } from "./sweep-options.ts";
import { createTrial, formatAssignment, type Trial, type TrialResult } from "./trial.ts";
import { writeResults } from "./write-results.ts";

const DEFAULT_TRIALS = 10;

/** Returns the combinations of a sweep: all of the grid, or the ones that are drawn. */
function combinationsOf({ options, space, section }: SweepFile): Assignment[] {
  if (section === "random") return drawFrom(space, options.trials ?? DEFAULT_TRIALS, options.seed);
  return gridOf(space as ReadonlyMap<string, readonly unknown[]>);
}

/** Combinations with their numbers, counted from 1. */
type Numbered = readonly (readonly [number: number, assignment: Assignment])[];

/** Returns the runs of the first round. Only successive halving has several rounds. */
export function firstTrials(file: SweepFile): Trial[] {
  const combinations = numbered(combinationsOf(file));
  return trialsOf(combinations, file, roundsOf(file, combinations.length)[0], 0);
}

function numbered(assignments: readonly Assignment[]): Numbered {
  return assignments.map((assignment, i) => [i + 1, assignment]);
}

/** Returns the rounds of successive halving; a single undefined for other strategies. */
function roundsOf({ budget }: SweepFile, runs: number): readonly (Rung | undefined)[] {
  return budget === undefined ? [undefined] : rungsOf(runs, budget);
}

function trialsOf(combinations: Numbered, { budget }: SweepFile, rung: Rung | undefined, round: number): Trial[] {
  return combinations.map(([number, assignment]) =>
    budget === undefined || rung === undefined
      ? createTrial(number, assignment)
      : createTrial(number, { ...assignment, [budget.option]: rung.budget }, round + 1),
  );
}

/** Returns what determines the runs of a sweep, by which a sweep is recognized when it is resumed. */
export function settingsOf({ options, run, space, budget }: SweepFile): object {
  return { kind: "sweep", run, space: Object.fromEntries(space), budget: budget ?? null, seed: options.seed };
}

/**
 * Runs a sweep, each run in a process of its own, and writes results.jsonl and sweep.svg. Runs that an earlier process has
 * finished are not repeated, and interrupted ones are resumed.
 *
 * @param command the command that resumes the sweep, for messages
 * @throws BertieError "sweep/failed" after all runs if some have failed, "sweep/changed" or "output/…"
 */
export async function runSweep(file: SweepFile, command: string): Promise<void> {
  const experiment = await openExperiment(file.options.outputDir, settingsOf(file));
  try {
    await interruptible(async (_, signal) => {
      const results = await runRounds(file, experiment, signal);
      if (signal.aborted) {
        const { reason } = signal.reason as Interrupted;
        throw new Interrupted(reason, `finished runs are kept; to continue, run \`${command}\` again`);
      }
      await reportSweep(file, experiment, results);
      const failed = results.filter(({ status }) => status === "failed");
      if (failed.length > 0) throw failedRuns(failed, results.length, experiment.directory);
    });
  } finally {
    await experiment.close();
  }
}

async function runRounds(file: SweepFile, experiment: Experiment, signal: AbortSignal): Promise<TrialResult[]> {
  const { budget } = file;
  const objective = objectiveOf(file.options);
  const all = combinationsOf(file);
  const rungs = roundsOf(file, all.length);
  const results: TrialResult[] = [];
  let combinations = numbered(all);
  for (const [round, rung] of rungs.entries()) {
    if (rung !== undefined) {
      const best = round === 0 ? combinations : bestCombinations(results, all, round, objective);
      combinations = best.slice(0, rung.runs);
      log(
        `round ${round + 1} of ${rungs.length}: ${combinations.length} ${combinations.length === 1 ? "run" : "runs"} with ${budget!.option} ${rung.budget}`,
      );
    }
    const trials = trialsOf(combinations, file, rung, round);
    const record = async (result: TrialResult) => {
      results.push(result);
      results.sort((a, b) => (a.rung ?? 0) - (b.rung ?? 0) || a.number - b.number);
      await writeResults(experiment, results, file.options);
    };
    let writing = Promise.resolve();
    await inParallel(trials, file.options.parallel, signal, async (trial) => {
      const result = await runTrial(trial, trials.length, file, experiment, signal);
      writing = writing.then(() => record(result));
      await writing;
    });
    if (signal.aborted) break;
  }
  return results;
}

/** Returns the combinations of the finished runs of the round before, the best first. */
function bestCombinations(
  results: readonly TrialResult[],
  all: readonly Assignment[],
  round: number,
  { goal }: Objective,
): Numbered {
  const before = rank(
    results.filter(({ rung }) => rung === round),
    goal,
  );
  return before.map(({ number }) => [number, all[number - 1]!]);
}

/** Executes a run, unless it is finished, and logs its result. */
export async function runTrial(
  trial: Trial,
  count: number,
  { options, run }: SweepFile,
  experiment: Experiment,
  signal: AbortSignal,
): Promise<TrialResult> {
  const label = `[${trial.number}/${count}] ${trial.name}`;
  log(`${label}: ${formatAssignment(trial.assignment)}`);
  const ended = await experiment.run(trial.name, { ...run, ...trial.assignment }, signal);
  const { isOld: _, ...rest } = ended;
  const result = resultOf(trial, rest, options);
  const outcome =
    result.value === undefined ? failureOf(result) : `${options.metric} ${result.value.toFixed(4)}${durationOf(ended)}`;
  log(`${label}: ${outcome}`);
  return result;
}

/** Returns the result of a run with the value of the metric. A finished run without the metric counts as failed. */
export function resultOf(trial: Trial, ended: Omit<ExperimentRun, "isOld">, { metric }: SweepOptions): TrialResult {
  const value = ended.status === "finished" ? metricIn(ended.results, metric) : undefined;
  if (ended.status !== "finished" || value !== undefined) return { ...trial, ...ended, value };
  const names = Object.keys(ended.results).join(", ");
  const error = `the results have no finite ${metric}, only ${names || "no metrics"}. Set metric to one of them`;
  return { ...trial, ...ended, status: "failed", value, error };
}

/** Prints the comparison of runs, and writes sweep.svg. */
export async function reportSweep(
  file: SweepFile,
  { directory, write }: Experiment,
  results: readonly TrialResult[],
): Promise<void> {
  const objective = objectiveOf(file.options);
  await write("sweep.svg", plotSvg(results, file.space, objective));
  const lines = [...resultTable(results, objective), "", ...resultBars(results, objective, widthOf(process.stdout))];
  process.stdout.write(`${lines.join("\n")}\n`);
  const lastRung = Math.max(0, ...results.map(({ rung }) => rung ?? 0));
  const [best] = rank(
    results.filter(({ rung }) => (rung ?? 0) === lastRung),
    objective.goal,
  );
  if (best !== undefined)
    process.stdout.write(`\nbest: ${formatAssignment(best.assignment)} (${join(directory, best.name)})\n`);
  log(`written to ${directory}: results.jsonl, sweep.svg`);
}

/** Creates the error for an experiment in which runs have failed. */
export function failedRuns(
  failed: readonly { readonly name: string; readonly error: string | undefined }[],
  count: number,
  directory: string,
): BertieError {
  const [{ name, error }] = failed as [{ name: string; error: string | undefined }];
  const reason = error?.replace(/\.$/, "") ?? "no message";
  const text = `${failed.length} of ${count} runs failed, starting with ${name} (${reason}). The logs are in ${join(directory, "logs")}. Run the same command again to repeat the failed runs.`;
  return new BertieError("sweep/failed", text);
}

function log(text: string): void {
  process.stderr.write(`${text}\n`);
}
