import { dataRecord, type SplitRecord } from "@bertie/data";
import type { CheckedData } from "../data/check-sets.ts";
import { recordOfLayout } from "../data/training-layout.ts";
import type { PreparedRun } from "./prepared-run.ts";
import type { Score } from "./scores.ts";

/** Evaluations by the run's metric. */
export interface Scored {
  readonly scores: readonly Score[];
  readonly best: Score | undefined;
  /** Facts about the head, if only the head was trained. */
  readonly head?: Readonly<Record<string, unknown>>;
}

/** Properties of a run that run.json contains. */
export type RecordedRun = Pick<
  PreparedRun,
  "options" | "record" | "executor" | "data" | "lowerCase" | "precision" | "setting" | "platform" | "inputFiles"
>;

/**
 * Returns the contents of run.json: the options, versions and input file hashes that are needed to reproduce the run.
 *
 * @param scored evaluations by the run's metric
 * @param seconds duration of the run
 * @param ended time at which the run ended; undefined for a checkpoint
 *
 * @example
 * ```ts ignore
 * import { prepareRun, type RunInput, runRecord } from "@bertie/classifier";
 *
 * declare const input: RunInput; // options, model and data
 * console.log(runRecord(await prepareRun(input), undefined, 1.5).seed); // 42
 * ```
 */
export function runRecord(
  run: RecordedRun,
  scored: Scored | undefined,
  seconds: number,
  ended?: Date,
): Record<string, unknown> {
  const { options, executor, data } = run;
  return {
    options: Object.fromEntries(Object.entries(run.record).map(([name, value]) => [snakeCase(name), value ?? null])),
    given: run.setting.given.map(snakeCase),
    task_name: data.taskName ?? null,
    pairs: data.pairs,
    ...(data.layout && { columns: recordOfLayout(data.layout) }),
    labels: data.labels,
    do_lower_case: run.lowerCase,
    max_seq_length: options.maxLength,
    ...(typeof data.thresholds === "number" && { threshold: data.thresholds }),
    ...(options.longText !== undefined && { long_text: options.longText }),
    ...(options.windowOverlap !== undefined && { window_overlap: options.windowOverlap }),
    engine: executor.engine,
    device: executor.device,
    precision: run.precision.name,
    seed: options.seed,
    ...(options.metric && { metric: options.metric, scores: scored?.scores, best: scored?.best ?? null }),
    ...(scored?.head && { head: scored.head }),
    ...(data.checked && { data: checkRecord(data.checked) }),
    ...(data.split && { split: splitRecord(data.split) }),
    seconds,
    ...(ended !== undefined && { ended: ended.toISOString() }),
    versions: run.setting.versions,
    ...(run.platform !== undefined && { platform: run.platform }),
    input_files: run.inputFiles,
  };
}

function checkRecord({ summary, warnings }: CheckedData): Record<string, unknown> {
  return { ...dataRecord(summary), problems: warnings };
}

function splitRecord(split: SplitRecord): Record<string, unknown> {
  return Object.fromEntries(Object.entries(split).map(([name, value]) => [snakeCase(name), value]));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
