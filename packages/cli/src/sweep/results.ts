import { isLowerBetter } from "@bertie/classifier";
import { alignColumns, displayWidth } from "@bertie/common";
import { formatTime } from "../report/figures.ts";
import type { SweepOptions } from "./sweep-options.ts";
import { formatValue, type TrialResult } from "./trial.ts";
import type { Metrics } from "./trial-files.ts";

/** Metric by which runs are compared. */
export interface Objective {
  readonly metric: string;
  readonly goal: "maximize" | "minimize";
}

/** Returns the objective of a sweep: unless the user sets a goal, losses and errors are minimized. */
export function objectiveOf({ metric, goal }: Pick<SweepOptions, "metric" | "goal">): Objective {
  return { metric, goal: goal ?? (isLowerBetter(metric) ? "minimize" : "maximize") };
}

/** Returns the name and the value of a metric in the results of a run: with `eval_` before its name, or as it is named. */
export function metricIn(results: Metrics, metric: string): number | undefined {
  const value = results[`eval_${metric}`] ?? results[metric];
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** Returns the finished results from best to worst; equal ones in their order. */
export function rank(results: readonly TrialResult[], goal: Objective["goal"]): TrialResult[] {
  const sign = goal === "maximize" ? -1 : 1;
  return results.filter(({ value }) => value !== undefined).sort((a, b) => sign * (a.value! - b.value!));
}

/** Formats results as a line of results.jsonl. */
export function resultLine({ number, name, rung, assignment, ...rest }: TrialResult, { metric }: Objective): string {
  const { status, value = null, results, seconds, error = null } = rest;
  const entry = { name, trial: number, rung: rung ?? null, status, options: assignment, metric, value };
  return `${JSON.stringify({ ...entry, results, seconds: Number.isFinite(seconds) ? seconds : null, error })}\n`;
}

/** Formats results as a table, the best first and the failed ones last. */
export function resultTable(results: readonly TrialResult[], { metric, goal }: Objective): string[] {
  const names = [...new Set(results.flatMap(({ assignment }) => Object.keys(assignment)))];
  const failed = results.filter(({ value }) => value === undefined);
  const rows = [...rank(results, goal), ...failed].map(({ name, assignment, value, seconds, status }) => [
    name,
    ...names.map((option) => (option in assignment ? formatValue(assignment[option]) : "")),
    value === undefined ? status : value.toFixed(4),
    Number.isFinite(seconds) ? formatTime(seconds) : "",
  ]);
  return alignColumns([["run", ...names, metric, "time"], ...rows]);
}

/** Draws the metric of each finished run as a bar, the best first. */
export function resultBars(results: readonly TrialResult[], { goal }: Objective, columns: number): string[] {
  const ranked = rank(results, goal);
  const values = ranked.map(({ value }) => value!);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const width = Math.max(...ranked.map(({ name }) => displayWidth(name)));
  const room = Math.max(8, Math.min(40, columns - width - 12));
  const bars = ranked.map(({ name, value }) => {
    const fraction = high > low ? (value! - low) / (high - low) : 1;
    return [name, `${value!.toFixed(4)} ${"█".repeat(1 + Math.round(fraction * (room - 1)))}`];
  });
  return alignColumns(bars);
}
