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
    ...aligned([["metric", ...names], ...rows]),
    "",
    ...(settings.length > 0
      ? aligned([["setting", ...names], ...settings.map(({ name, values }) => [name, ...values])])
      : ["The runs have the same options and the same environment."]),
    ...(notes.length > 0 ? ["", ...notes] : []),
  ].map((line) => line.replace(/\p{Cc}/gu, " ").trimEnd());
}

/** Pads the cells of each column to the same width. Chinese characters take two columns. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ""))));
  return rows.map((row) => row.map((cell, i) => cell + " ".repeat(widths[i]! - widthOf(cell))).join("  "));
}

function widthOf(text: string): number {
  return Array.from(text.replace(/\p{Mn}/gu, ""), (character) =>
    /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u.test(
      character,
    )
      ? 2
      : 1,
  ).reduce<number>((a, b) => a + b, 0);
}
