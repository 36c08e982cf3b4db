import type { Assignment } from "./search-space.ts";

/** A run of a sweep. */
export interface Trial {
  /** Number of the combination, counted from 1. */
  readonly number: number;
  /** Round of successive halving, counted from 1; undefined for other strategies. */
  readonly rung: number | undefined;
  /** Name of the run's directory. */
  readonly name: string;
  /** Options that vary, including the budget of the round. */
  readonly assignment: Assignment;
}

/** Result of a run, a line of results.jsonl. */
export interface TrialResult extends Trial {
  readonly status: "finished" | "failed" | "interrupted";
  /** Value of the metric; undefined unless the run is finished. */
  readonly value: number | undefined;
  /** Contents of eval_results.json that are numbers. */
  readonly results: Readonly<Record<string, number>>;
  /** Duration as run.json records it; for a run that is not finished, the duration of its process. */
  readonly seconds: number;
  /** Why the run failed, in one line. */
  readonly error: string | undefined;
}

/** Creates a run of a combination. */
export function createTrial(number: number, assignment: Assignment, rung?: number): Trial {
  const name = `trial-${String(number).padStart(3, "0")}${rung === undefined ? "" : `-rung-${rung}`}`;
  return { number, rung, name, assignment };
}

/** Formats the options of a run, as in `learning-rate 0.0001, seed 7`. */
export function formatAssignment(assignment: Assignment): string {
  return Object.entries(assignment)
    .map(([name, value]) => `${name} ${formatValue(value)}`)
    .join(", ");
}

export function formatValue(value: unknown): string {
  if (typeof value === "number" && value !== 0 && Math.abs(value) < 1e-3) return value.toExponential();
  return Array.isArray(value) ? value.join(" ") : String(value);
}
