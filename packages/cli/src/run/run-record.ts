import process from "node:process";
import { snakeCase } from "../options/table.ts";
import { versions } from "../versions.ts";
import type { PreparedRun } from "./prepare.ts";
import type { Trained } from "./trained.ts";

/** The contents of run.json: all that is needed to know how a model came about, and to make it again. */
export function runRecord(run: PreparedRun, trained: Trained | undefined, seconds: number): Record<string, unknown> {
  const { options, executor, data } = run;
  return {
    options: Object.fromEntries(Object.entries(options).map(([name, value]) => [snakeCase(name), value ?? null])),
    task_name: data.processor?.taskName ?? null,
    pairs: data.pairs,
    labels: data.labels,
    do_lower_case: run.lowerCase,
    max_seq_length: options.maxSeqLength,
    engine: executor.engine,
    device: executor.device,
    precision: run.precision.name,
    seed: options.seed,
    ...(options.metric && { metric: options.metric, scores: trained?.scores, best: trained?.best ?? null }),
    seconds,
    versions: versions(),
    platform: `${process.platform} ${process.arch}`,
    input_files: run.inputFiles,
  };
}
