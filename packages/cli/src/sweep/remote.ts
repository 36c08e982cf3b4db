import process from "node:process";
import { BertieError } from "@bertie/common";
import { interruptible } from "../interrupt.ts";
import { jobShard } from "../shards/job-shard.ts";
import { emitJob, type Scheduler, type SweepJob } from "./emit.ts";
import { openExperiment } from "./experiment.ts";
import { firstTrials, reportSweep, resultOf, runTrial, settingsOf } from "./sweep.ts";
import type { SweepFile } from "./sweep-file.ts";
import { writeResults } from "./write-results.ts";

/**
 * Writes the job that executes the runs of a sweep with a scheduler, and prints the commands that start it.
 *
 * @throws BertieError "sweep/rounds", "sweep/changed" or "output/…"
 */
export async function emitSweep(
  file: SweepFile,
  scheduler: Scheduler,
  job: Pick<SweepJob, "args" | "file" | "parallel">,
): Promise<void> {
  refuseRounds(file);
  const { outputDir } = file.options;
  const { threads } = file.run;
  const cores = typeof threads === "number" ? threads : 1;
  const runs = firstTrials(file).length;
  const { files, commands } = emitJob(scheduler, { ...job, outputDir, runs, cores });
  const experiment = await openExperiment(outputDir, settingsOf(file));
  try {
    for (const [name, text] of files) await experiment.write(name, text);
  } finally {
    await experiment.close();
  }
  if (threads === undefined) process.stderr.write("each run gets 1 core; to change that, set threads in [run]\n");
  process.stderr.write(`written to ${outputDir}: ${[...files.keys()].join(", ")}. To start the ${runs} runs:\n`);
  process.stdout.write(`${commands.join("\n")}\n`);
}

/**
 * Executes one run of a sweep, as a task of a job that {@link emitSweep} has written.
 *
 * @param trial value of `--trial`: `I/N`, `slurm/N`, `k8s/N` or `auto/N`
 * @throws BertieError "sweep/failed" if the run fails, "sweep/changed" if N is not the number of runs, "sweep/rounds"
 */
export async function runOne(file: SweepFile, trial: string): Promise<void> {
  refuseRounds(file);
  const trials = firstTrials(file);
  const { shard } = jobShard(trial, process.env, "--trial");
  const chosen = trials[shard.index - 1];
  if (shard.count !== trials.length || chosen === undefined) {
    const text = `--trial is ${shard.index}/${shard.count}, but the sweep has ${trials.length} runs. The file has changed since the job was written: write it again with --emit.`;
    throw new BertieError("sweep/changed", text);
  }
  const experiment = await openExperiment(file.options.outputDir, settingsOf(file), "shared");
  await interruptible(async (check, signal) => {
    const { status, error } = await runTrial(chosen, trials.length, file, experiment, signal);
    if (signal.aborted) throw signal.reason;
    await check();
    if (status !== "finished") throw new BertieError("sweep/failed", `${chosen.name}: ${error ?? status}`);
  });
}

/**
 * Compares the finished runs of a sweep, as {@link runSweep} does at its end.
 *
 * @throws BertieError "sweep/failed" if some runs have no results, "sweep/changed", "sweep/rounds" or "output/…"
 */
export async function collectSweep(file: SweepFile): Promise<void> {
  refuseRounds(file);
  const experiment = await openExperiment(file.options.outputDir, settingsOf(file));
  try {
    const results = firstTrials(file).map((trial) => resultOf(trial, experiment.read(trial.name), file.options));
    await writeResults(experiment, results, file.options);
    const failed = results.filter(({ status }) => status === "failed");
    await reportSweep(file, experiment, results);
    const [first] = failed;
    if (first === undefined) return;
    const numbers = failed.map(({ number }) => number).join(",");
    const reason = first.error?.replace(/\.$/, "") ?? "no message";
    const text = `${failed.length} of ${results.length} runs have no results, starting with ${first.name} (${reason}). Start the runs ${numbers} again, as with sbatch --array=${numbers}, and then this command.`;
    throw new BertieError("sweep/failed", text);
  } finally {
    await experiment.close();
  }
}

/** Later rounds of successive halving depend on the results of earlier ones. */
function refuseRounds({ budget }: SweepFile): void {
  if (budget === undefined) return;
  const text =
    "successive halving chooses the runs of a round by the results of the round before, which a job with a fixed number of tasks cannot do. Remove [halving], or run the sweep on one machine.";
  throw new BertieError("sweep/rounds", text);
}
