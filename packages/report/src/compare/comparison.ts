import { isBetterIfLarger } from "../html/numbers.ts";
import type { ReportData } from "../report-data.ts";
import { headlinesOf } from "../sections/result.ts";
import { type PredictedRow, pairRows } from "./predicted-rows.ts";
import { differencesOf, discordant, type Interval, mcNemar, pairedInterval } from "./significance.ts";

/** Run to compare. */
export interface ComparedRun {
  readonly data: ReportData;
  /** Predictions for the rows of the first evaluation; empty if they are unknown. */
  readonly predictions: readonly PredictedRow[];
}

/** Comparison of a run with the first run. */
export interface Difference {
  /** Value of the run minus value of the first run. */
  readonly value: number;
  /** 95% interval of the difference; undefined if the runs were evaluated on different rows. */
  readonly interval?: Interval | undefined;
  /** Whether the run is better, worse, or not distinguishable; "unknown" without an interval. */
  readonly verdict: "better" | "worse" | "within noise" | "unknown";
}

/** Metric of all runs. */
export interface ComparedMetric {
  readonly name: string;
  readonly values: readonly (number | undefined)[];
  /** Differences from the first run; undefined for the first run and for missing values. */
  readonly differences: readonly (Difference | undefined)[];
}

/** Comparison of runs. The first run is the reference. */
export interface Comparison {
  readonly names: readonly string[];
  /** Options and properties that differ. */
  readonly settings: readonly { readonly name: string; readonly values: readonly string[] }[];
  readonly metrics: readonly ComparedMetric[];
  /** Sentences about the validity of the comparison. */
  readonly notes: readonly string[];
}

/** Options that do not affect results. */
const IGNORED = /^--(output-dir|overwrite-output-dir|resume|resume-anyway|json|log-every|report|config)$/;

/**
 * Compares runs with the first one: the options that differ, and the metrics with their differences. If the runs were
 * evaluated on the same rows, the paired bootstrap estimates which differences are larger than chance, and McNemar's test
 * compares the accuracies.
 *
 * @example
 * ```ts
 * import { compareRuns, type ReportData } from "@bertie/report";
 *
 * const data = (title: string, accuracy: number): ReportData => ({
 *   ...{ title, problemType: "single_label_classification", labels: ["bad", "good"] },
 *   ...{ run: { trained: true, pairs: false }, curves: { steps: [], scores: [] } },
 *   evaluations: [{ name: "dev", examples: 4, scores: [{ name: "accuracy", value: accuracy }], perLabel: [] }],
 *   ...{ baselines: [], mistakes: [], suspects: [], options: [], data: { sets: [], problems: [] } },
 *   environment: { versions: {}, files: [] },
 * });
 * const runs = [{ data: data("a", 0.5), predictions: [] }, { data: data("b", 0.75), predictions: [] }];
 * console.log(compareRuns(runs).metrics[0]?.differences[1]); // { value: 0.25, interval: undefined, verdict: "unknown" }
 * ```
 */
export function compareRuns(runs: readonly ComparedRun[]): Comparison {
  const [first] = runs;
  const notes: string[] = [];
  const paired = runs.map((run, i) => (i === 0 ? undefined : pairRows(first!.predictions, run.predictions)));
  const sets = runs.map(({ data }) => data.evaluations[0]);
  const names = new Set(
    sets.flatMap((set) => (set ? headlinesOf(first!.data.problemType, set.scores).map(({ name }) => name) : [])),
  );
  const differences = paired.map((rows) => rows && differencesOf(rows));
  const metrics = Array.from(names, (name): ComparedMetric => {
    const values = sets.map((set) => set?.scores.find((score) => score.name === name)?.value);
    return {
      name,
      values,
      differences: values.map((value, i) => {
        if (i === 0 || value === undefined || values[0] === undefined) return undefined;
        const difference = differences[i]?.[name];
        const interval = difference && pairedInterval(paired[i]!.labels.length, difference);
        return { value: value - values[0], interval, verdict: verdictOf(name, interval) };
      }),
    };
  });
  for (const [i, rows] of paired.entries()) {
    if (i === 0) continue;
    const title = runs[i]!.data.title;
    if (rows === undefined) {
      notes.push(
        `${title} and ${first!.data.title} were not evaluated on the same rows, or have no eval_predictions.jsonl, so chance cannot be excluded.`,
      );
    } else if (typeof rows.labels[0] !== "number") {
      const [onlyFirst, onlySecond] = discordant(rows);
      const p = mcNemar(onlyFirst, onlySecond);
      notes.push(
        `${title}: ${onlySecond} ${onlySecond === 1 ? "row is" : "rows are"} correct only in this run, ${onlyFirst} only in ${first!.data.title} (McNemar's exact test: p = ${p < 0.001 ? p.toExponential(1) : p.toFixed(3)}).`,
      );
    }
  }
  return { names: runs.map(({ data }) => data.title), settings: differingSettings(runs), metrics, notes };
}

function verdictOf(name: string, interval: Interval | undefined): Difference["verdict"] {
  if (interval === undefined) return "unknown";
  if (interval[0] <= 0 && interval[1] >= 0) return "within noise";
  return interval[0] > 0 === isBetterIfLarger(name) ? "better" : "worse";
}

function differingSettings(runs: readonly ComparedRun[]): Comparison["settings"] {
  const settings = runs.map(({ data }) => {
    const { engine, device, precision, platform, versions } = data.environment;
    return new Map([
      ...data.options.filter(({ name }) => !IGNORED.test(name)).map(({ name, value }) => [name, value] as const),
      ...Object.entries({ engine, device, precision, platform }).map(([name, value]) => [name, value ?? ""] as const),
      ...Object.entries(versions).map(([name, version]) => [`version of ${name}`, version] as const),
    ]);
  });
  const names = new Set(settings.flatMap((each) => [...each.keys()]));
  return Array.from(names, (name) => ({ name, values: settings.map((each) => each.get(name) ?? "not set") })).filter(
    ({ values }) => new Set(values).size > 1,
  );
}
