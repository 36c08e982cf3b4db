import { BertieError } from "@bertie/common";
import { parseShard, type Shard } from "./shard.ts";

/** A shard, and a description of where its numbers are from, if they are from the environment of a job. */
export interface JobShard {
  readonly shard: Shard;
  readonly note: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;
type Scheduler = "slurm" | "k8s";

/** Variable by which the tasks of each scheduler are recognized. */
const TASK_VARIABLES: Readonly<Record<Scheduler, string>> = {
  slurm: "SLURM_ARRAY_TASK_ID",
  k8s: "JOB_COMPLETION_INDEX",
};

/**
 * Returns the shard that a value of `--shard` selects: `I/N`, or a task of a job, as in `slurm/64` and `k8s/64`. `auto` is the
 * scheduler whose variables are set. The number of shards can be omitted for a Slurm array that runs as a whole, and in
 * Kubernetes if JOB_COMPLETIONS contains it.
 *
 * @param option option that has the value, for messages
 * @throws BertieError "options/value", which names the variable and the remedy, if the shard is not certain
 */
export function jobShard(text: string, variables: Variables, option = "--shard"): JobShard {
  try {
    return readJobShard(text, variables);
  } catch (cause) {
    if (!(cause instanceof BertieError)) throw cause;
    throw new BertieError("options/value", cause.message.replaceAll("--shard", option), { cause });
  }
}

function readJobShard(text: string, variables: Variables): JobShard {
  const [, name, count] = /^(slurm|k8s|auto)(?:\/(\d{1,6}))?$/.exec(text) ?? [];
  if (name === undefined) return { shard: parseShard(text), note: undefined };
  const scheduler = name === "auto" ? detectScheduler(variables) : (name as Scheduler);
  const variable = TASK_VARIABLES[scheduler];
  const task = readInteger(variables, variable);
  if (task === undefined) {
    const where = scheduler === "slurm" ? "sbatch --array=1-N" : "a Job with completionMode: Indexed";
    throw invalid(text, `${variable} is not set. Run the command in ${where}, or set --shard I/N.`);
  }
  const numberOfShards = count === undefined ? undefined : Number(count);
  if (numberOfShards === 0) throw invalid(text, "expected at least 1 shard.");
  const shard =
    scheduler === "slurm"
      ? slurmShard(text, task, numberOfShards, variables)
      : k8sShard(text, task, numberOfShards, variables);
  return { shard, note: `shard ${shard.index} of ${shard.count} (${variable}=${task})` };
}

function detectScheduler(variables: Variables): Scheduler {
  const found = (Object.keys(TASK_VARIABLES) as Scheduler[]).filter((name) => variables[TASK_VARIABLES[name]]);
  const [only] = found;
  if (found.length === 1 && only !== undefined) return only;
  const names = Object.values(TASK_VARIABLES);
  if (only === undefined)
    throw invalid(
      "auto",
      `neither ${names.join(" nor ")} is set. Run the command in an array job, or set --shard I/N.`,
    );
  throw invalid("auto", `${names.join(" and ")} are both set. Choose one of them with --shard slurm or --shard k8s.`);
}

/** With a number of shards, tasks are numbered from 1, so that a single task can be submitted again by its number. */
function slurmShard(text: string, task: number, count: number | undefined, variables: Variables): Shard {
  if (count !== undefined) {
    if (task >= 1 && task <= count) return { index: task, count };
    throw invalid(
      text,
      `SLURM_ARRAY_TASK_ID is ${task}, but must be from 1 to ${count}. Submit the job with --array=1-${count}.`,
    );
  }
  const read = (name: string) => readInteger(variables, `SLURM_ARRAY_TASK_${name}`);
  const [tasks, min, max, step = 1] = ["COUNT", "MIN", "MAX", "STEP"].map(read);
  if (tasks === undefined || min === undefined || max === undefined) {
    const missing = ["COUNT", "MIN", "MAX"].filter((name) => read(name) === undefined);
    throw invalid(
      text,
      `SLURM_ARRAY_TASK_${missing[0]} is not set, so the number of shards is unknown. Set it: --shard slurm/N.`,
    );
  }
  const array = `${min}-${max}${step === 1 ? "" : `:${step}`}`;
  if (tasks === 1 || min > 1)
    throw invalid(
      text,
      `the array ${array} has ${tasks === 1 ? "one task" : `${tasks} tasks`}, and may be part of a larger one. Set the number of shards: --shard slurm/N.`,
    );
  const index = (task - min) / step + 1;
  if (step < 1 || (max - min) / step + 1 !== tasks || !Number.isInteger(index) || index < 1 || index > tasks)
    throw invalid(
      text,
      `the array has ${tasks} tasks from ${min} to ${max}, with gaps. Submit it with --array=1-N, and set --shard slurm/N.`,
    );
  return { index, count: tasks };
}

/** Indexes count from 0. */
function k8sShard(text: string, task: number, count: number | undefined, variables: Variables): Shard {
  const total = count ?? readInteger(variables, "JOB_COMPLETIONS");
  if (total === undefined)
    throw invalid(
      text,
      "the number of shards is unknown, because Kubernetes does not pass it on. Set it to the completions of the Job: --shard k8s/N, or the variable JOB_COMPLETIONS.",
    );
  if (task < total) return { index: task + 1, count: total };
  throw invalid(
    text,
    `JOB_COMPLETION_INDEX is ${task}, but must be less than the number of shards, ${total}. Set the number to the completions of the Job.`,
  );
}

function readInteger(variables: Variables, name: string): number | undefined {
  const value = variables[name];
  if (value === undefined || value === "") return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new BertieError(
    "options/value",
    `${name} is "${value}": expected a whole number. Unset it, or set --shard I/N.`,
  );
}

function invalid(text: string, reason: string): BertieError {
  return new BertieError("options/value", `--shard is "${text}": ${reason}`);
}
