import { Random } from "@bertie/common";
import { keyOf, type PairedRows } from "./predicted-rows.ts";

/** Lower and upper bound. */
export type Interval = readonly [low: number, high: number];

const RESAMPLES = 2000;
/** Bound of the rows that are drawn in all resamples, which takes about a second. */
const MAX_DRAWS = 1e8;

/** Function of resampled rows: the difference of a metric, second run minus first run. */
type Difference = (rows: Uint32Array) => number;

/** Returns the differences whose intervals can be estimated from rows, by the names of metrics in eval_results.json. */
export function differencesOf(paired: PairedRows): Readonly<Record<string, Difference>> {
  const [first] = paired.labels;
  if (typeof first === "number")
    return { pearson: valueDifference(paired, pearson), mse: valueDifference(paired, mse) };
  const accuracy = accuracyDifference(paired);
  if (Array.isArray(first)) return { subset_accuracy: accuracy };
  const f1 = macroF1Difference(paired);
  return { accuracy, f1_macro: f1, macro_f1: f1 };
}

/** Returns the 95% interval of a difference by the paired bootstrap (Efron and Tibshirani, 1993): rows are resampled. */
export function pairedInterval(numRows: number, difference: Difference, seed = 42): Interval {
  const random = new Random(seed, "comparison");
  const count = Math.max(200, Math.min(RESAMPLES, Math.floor(MAX_DRAWS / numRows)));
  const rows = new Uint32Array(numRows);
  const values = Float64Array.from({ length: count }, () => {
    for (let i = 0; i < numRows; i++) rows[i] = random.nextInt(numRows);
    return difference(rows);
  }).sort();
  const at = (fraction: number) => values[Math.round(fraction * (count - 1))]!;
  return [at(0.025), at(0.975)];
}

/**
 * Returns the p-value of McNemar's exact test (McNemar, 1947) of the hypothesis that both runs are equally accurate: how
 * probable it is that the rows that only one run classifies correctly are split at least as unequally.
 *
 * @param onlyFirst number of rows that only the first run classifies correctly
 * @param onlySecond number of rows that only the second run classifies correctly
 */
export function mcNemar(onlyFirst: number, onlySecond: number): number {
  const [n, k] = [onlyFirst + onlySecond, Math.min(onlyFirst, onlySecond)];
  let term = -n * Math.LN2;
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    sum += Math.exp(term);
    term += Math.log((n - i) / (i + 1));
  }
  return Math.min(1, 2 * sum);
}

/** Counts the rows that only one of the runs classifies correctly. */
export function discordant({ labels, predictions }: PairedRows): [onlyFirst: number, onlySecond: number] {
  const counts: [number, number] = [0, 0];
  for (const [i, label] of labels.entries()) {
    const correct = predictions.map((list) => keyOf(list[i]!) === keyOf(label));
    if (correct[0] !== correct[1]) counts[correct[0] ? 0 : 1]++;
  }
  return counts;
}

function accuracyDifference({ labels, predictions }: PairedRows): Difference {
  const gains = Int8Array.from(labels, (label, i) => {
    const [first, second] = predictions.map((list) => Number(keyOf(list[i]!) === keyOf(label)));
    return second! - first!;
  });
  return (rows) => {
    let sum = 0;
    for (const row of rows) sum += gains[row]!;
    return sum / rows.length;
  };
}

function macroF1Difference({ labels, predictions }: PairedRows): Difference {
  const names = new Map<string, number>();
  const idsOf = (list: readonly unknown[]) =>
    Int32Array.from(list, (value) => {
      const key = String(value);
      const id = names.get(key) ?? names.size;
      names.set(key, id);
      return id;
    });
  const truth = idsOf(labels);
  const ids = predictions.map(idsOf);
  const macroF1 = (rows: Uint32Array, predicted: Int32Array) => {
    const [hits, occurrences] = [new Uint32Array(names.size), new Uint32Array(names.size)];
    for (const row of rows) {
      const [label, prediction] = [truth[row]!, predicted[row]!];
      occurrences[label]!++;
      occurrences[prediction]!++;
      if (label === prediction) hits[label]!++;
    }
    let [sum, present] = [0, 0];
    for (const [id, count] of occurrences.entries()) {
      if (count === 0) continue;
      sum += (2 * hits[id]!) / count;
      present++;
    }
    return sum / present;
  };
  return (rows) => macroF1(rows, ids[1]!) - macroF1(rows, ids[0]!);
}

function valueDifference(
  { labels, predictions }: PairedRows,
  metric: (rows: Uint32Array, truth: Float64Array, predicted: Float64Array) => number,
): Difference {
  const truth = Float64Array.from(labels, Number);
  const [first, second] = predictions.map((list) => Float64Array.from(list, Number));
  return (rows) => metric(rows, truth, second!) - metric(rows, truth, first!);
}

function mse(rows: Uint32Array, truth: Float64Array, predicted: Float64Array): number {
  let sum = 0;
  for (const row of rows) sum += (truth[row]! - predicted[row]!) ** 2;
  return sum / rows.length;
}

function pearson(rows: Uint32Array, truth: Float64Array, predicted: Float64Array): number {
  const mean = (values: Float64Array) => rows.reduce((sum, row) => sum + values[row]!, 0) / rows.length;
  const [x, y] = [mean(truth), mean(predicted)];
  let [xx, yy, xy] = [0, 0, 0];
  for (const row of rows) {
    const [a, b] = [truth[row]! - x, predicted[row]! - y];
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  return xx === 0 || yy === 0 ? 0 : xy / Math.sqrt(xx * yy);
}
