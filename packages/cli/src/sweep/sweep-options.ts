import type { OptionTable, OptionValues } from "../options/table.ts";
import { SCHEDULERS } from "./emit.ts";

/** Options of `bertie sweep`, which can also be set at the top of the sweep file. */
export const sweepOptions = {
  outputDir: {
    group: "Output",
    kind: "path",
    argument: "dir",
    help: "Directory for the runs and the results; an interrupted sweep is resumed there",
    defaultText: "the name of the file without its extension, in runs/",
  },
  metric: {
    group: "Evaluation",
    kind: "text",
    default: "accuracy",
    help: "Metric to compare runs by: a name in eval_results.json, with or without eval_",
  },
  goal: {
    group: "Evaluation",
    kind: "choice",
    choices: ["maximize", "minimize"],
    help: "Whether a higher or a lower metric is better",
    defaultText: "minimize for losses and errors, otherwise maximize",
  },
  strategy: {
    group: "Training",
    kind: "choice",
    choices: ["grid", "random", "halving"],
    help: "How to choose runs: all combinations of [grid], combinations drawn from [random], or successive halving, which continues with the best of either at growing budgets",
    defaultText: "halving if the file has [halving], random if it has [random], otherwise grid",
  },
  trials: {
    group: "Training",
    kind: "integer",
    min: 1,
    max: 100_000,
    help: "Number of combinations to draw from [random]",
    defaultText: "10",
  },
  seed: {
    group: "Training",
    kind: "integer",
    default: 42,
    min: 0,
    max: 2 ** 32 - 1,
    help: "Random seed for the combinations",
  },
  parallel: {
    group: "Hardware",
    kind: "integer",
    argument: "n",
    default: 1,
    min: 1,
    max: 256,
    help: "Number of runs at the same time. Each is a process with its own memory; set threads in [run] to share the cores",
  },
  dryRun: { group: "Training", kind: "flag", help: "Check the file and list the runs without starting them" },
} as const satisfies OptionTable;

/** Options of `bertie sweep` that are only on the command line: to execute the runs of a sweep as tasks of a job. */
export const jobOptions = {
  emit: {
    group: "Hardware",
    kind: "choice",
    choices: SCHEDULERS,
    help: "Do not start the runs, but write a job to --output-dir that executes each run as a task: a Slurm array, a Kubernetes Indexed Job, or a Ray script. --parallel limits the runs at the same time",
  },
  trial: {
    group: "Hardware",
    kind: "text",
    argument: "i/n",
    help: "Execute only run I of the N runs, as a task of a job; slurm/N, k8s/N and auto/N read I from its environment",
  },
  collect: {
    group: "Hardware",
    kind: "flag",
    help: "Do not start runs, but compare the runs that a job has executed",
  },
} as const satisfies OptionTable;

export type SweepOptions = OptionValues<typeof sweepOptions>;
