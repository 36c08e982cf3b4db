import { alignColumns } from "@bertie/common";
import { metricTitle, metricValue, signed } from "../html/numbers.ts";
import type { Comparison, Difference } from "./comparison.ts";

/** Describes a difference: in percentage points if the metric is a fraction. */
export function describeDifference(name: string, { value, interval, verdict }: Difference): string {
  const isFraction = metricValue(name, 0.5).endsWith("%");
  const format = (difference: number) => (isFraction ? signed(100 * difference, 1) : signed(difference, 3));
  const range = interval ? ` (${format(interval[0])} to ${format(interval[1])})` : "";
  return `${format(value)}${range}${verdict === "unknown" ? "" : `, ${verdict}`}`;
}

/**
 * Describes a comparison as lines for a terminal: a table of the metrics, the settings that differ, and notes.
 *
 * @example
 * ```ts
 * import { comparisonLines } from "@bertie/report";
 *
 * const metrics = [{ name: "accuracy", values: [0.5, 0.75], differences: [undefined, undefined] }];
 * console.log(comparisonLines({ names: ["a", "b"], settings: [], metrics, notes: [] }).join("\n"));
 * // metric    a      b
 * // Accuracy  50.0%  75.0%
 * // …
 * ```
 */
export function comparisonLines({ names, settings, metrics, notes }: Comparison): string[] {
  const rows = metrics.map(({ name, values, differences }) => [
    metricTitle(name),
    ...values.map((value, i) => {
      const difference = differences[i];
      const shown = value === undefined ? "–" : metricValue(name, value);
      return difference ? `${shown}  ${describeDifference(name, difference)}` : shown;
    }),
  ]);
  return [
    ...alignColumns([["metric", ...names], ...rows]),
    "",
    ...(settings.length > 0
      ? alignColumns([["setting", ...names], ...settings.map(({ name, values }) => [name, ...values])])
      : ["The runs have the same options and the same environment."]),
    ...(notes.length > 0 ? ["", ...notes] : []),
  ].map((line) => line.replace(/\p{Cc}/gu, " ").trimEnd());
}
