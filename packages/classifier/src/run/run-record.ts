import type { PreparedRun } from "./prepared-run.ts";
import type { Score } from "./scores.ts";

/** The results of the evaluations by the run's metric. */
export interface Scored {
  readonly scores: readonly Score[];
  readonly best: Score | undefined;
}

/** The parts of a run that run.json records. */
export type RecordedRun = Pick<
  PreparedRun,
  "options" | "record" | "executor" | "data" | "lowerCase" | "precision" | "setting" | "platform" | "inputFiles"
>;

/** Returns the contents of run.json: how a model was trained, and everything that is needed to train it again. */
export function runRecord(run: RecordedRun, scored: Scored | undefined, seconds: number): Record<string, unknown> {
  const { options, executor, data } = run;
  return {
    options: Object.fromEntries(Object.entries(run.record).map(([name, value]) => [snakeCase(name), value ?? null])),
    task_name: data.taskName ?? null,
    pairs: data.pairs,
    labels: data.labels,
    do_lower_case: run.lowerCase,
    max_seq_length: options.maxLength,
    engine: executor.engine,
    device: executor.device,
    precision: run.precision.name,
    seed: options.seed,
    ...(options.metric && { metric: options.metric, scores: scored?.scores, best: scored?.best ?? null }),
    seconds,
    versions: run.setting.versions,
    ...(run.platform !== undefined && { platform: run.platform }),
    input_files: run.inputFiles,
  };
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
