import { Random } from "@bertie/common";
import { createBinomial } from "./binomial.ts";

/** Bounds of a 95% confidence interval. */
export type Interval = readonly [low: number, high: number];

const RESAMPLES = 1000;

/**
 * Returns the 95% percentile bootstrap intervals (Efron, 1979) of metrics that depend only on how many rows are of each kind, such
 * as the cells of a confusion matrix. Drawing the numbers of rows is equivalent to drawing the rows with replacement, and much
 * faster.
 *
 * @param counts number of rows of each kind, all positive
 * @param metrics returns the metrics for the numbers of rows in a resample
 */
export function intervalsOfCounts<Name extends string>(
  counts: readonly number[],
  seed: number,
  metrics: (counts: Float64Array) => Readonly<Record<Name, number | null>>,
): Record<Name, Interval | null> {
  const total = counts.reduce((a, b) => a + b, 0);
  const binomial = createBinomial(total);
  const random = new Random(seed, "bootstrap");
  const resample = new Float64Array(counts.length);
  return intervals(() => {
    let [rows, mass] = [total, total];
    for (const [kind, count] of counts.entries()) {
      resample[kind] = binomial(rows, count / mass, random.nextFloat());
      rows -= resample[kind]!;
      mass -= count;
    }
    return metrics(resample);
  });
}

/**
 * Returns the 95% percentile bootstrap intervals of metrics.
 *
 * @param metrics returns the metrics for the rows of a resample
 */
export function intervalsOfRows<Name extends string>(
  numRows: number,
  seed: number,
  metrics: (rows: Uint32Array) => Readonly<Record<Name, number | null>>,
): Record<Name, Interval | null> {
  const random = new Random(seed, "bootstrap");
  const rows = new Uint32Array(numRows);
  return intervals(() => {
    for (let i = 0; i < numRows; i++) rows[i] = random.nextInt(numRows);
    return metrics(rows);
  });
}

function intervals<Name extends string>(
  draw: () => Readonly<Record<Name, number | null>>,
): Record<Name, Interval | null> {
  const draws = Array.from({ length: RESAMPLES }, draw);
  const names = Object.keys(draws[0]!) as Name[];
  const entries = names.map((name) => {
    const values = draws.flatMap((metrics) => metrics[name] ?? []).sort((a, b) => a - b);
    return [name, values.length === 0 ? null : [quantile(values, 0.025), quantile(values, 0.975)]] as const;
  });
  return Object.fromEntries(entries) as Record<Name, Interval | null>;
}

/** Returns a quantile of ascending values, interpolated linearly. */
function quantile(values: readonly number[], fraction: number): number {
  const position = (values.length - 1) * fraction;
  const below = values[Math.floor(position)]!;
  const above = values[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}
