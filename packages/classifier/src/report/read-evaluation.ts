import { type Calibration, type LabelScores, labelScoresOf, type ReportedEvaluation } from "@bertie/report";
import { isObject, numberOf, objectOf, objectsOf, textOf, textsOf } from "./json-values.ts";

/** Keys of metrics that the report shows in other places, or that are not results. */
const NOT_SCORES = new Set(["examples", "seed"]);

/** Reads the evaluations in eval_results.json. */
export function readEvaluations(results: Readonly<Record<string, unknown>>): ReportedEvaluation[] {
  const full = objectOf(results.evaluations);
  const confusions = objectOf(results.confusion_matrix);
  const names = new Set([...Object.keys(full), ...Object.keys(confusions)]);
  return Array.from(names, (name) => {
    const confusion = matrixOf(objectOf(full[name]).confusion_matrix ?? confusions[name]);
    return isObject(full[name])
      ? readMetrics(name, full[name], confusion, results)
      : readScores(name, confusion, results);
  });
}

/** Reads metrics in the form of `EvaluationMetrics` of @bertie/data. */
function readMetrics(
  name: string,
  metrics: Readonly<Record<string, unknown>>,
  confusion: number[][] | undefined,
  results: Readonly<Record<string, unknown>>,
): ReportedEvaluation {
  const intervals = objectOf(metrics.confidence_intervals);
  const scores = Object.entries(metrics).flatMap(([key, value]) =>
    typeof value !== "number" || NOT_SCORES.has(key) ? [] : [{ name: key, value, interval: pairOf(intervals[key]) }],
  );
  const loss = numberOf(results[`${prefixOf(name)}loss`]);
  const hasLoss = loss === undefined || scores.some((score) => score.name === "loss");
  return {
    name,
    examples: numberOf(metrics.examples) ?? sumOf(confusion),
    scores: hasLoss ? scores : [...scores, { name: "loss", value: loss }],
    perLabel: objectsOf(metrics.per_class).map(readLabel),
    confusion,
    calibration: readCalibration(metrics),
  };
}

/** Reads the flat scores of a set, such as eval_accuracy, and derives the metrics per label. */
function readScores(
  name: string,
  confusion: number[][] | undefined,
  results: Readonly<Record<string, unknown>>,
): ReportedEvaluation {
  const prefix = prefixOf(name);
  const scores = Object.entries(results).flatMap(([key, value]) =>
    key.startsWith(prefix) &&
    typeof value === "number" &&
    !/^eval_mismatched_/.test(key.slice(prefix === "eval_" ? 0 : prefix.length))
      ? [{ name: key.slice(prefix.length), value }]
      : [],
  );
  const perLabel = confusion ? labelScoresOf(textsOf(results.labels), confusion) : [];
  return { name, examples: sumOf(confusion), scores, perLabel, confusion };
}

/** Returns the prefix of a set's keys in eval_results.txt: "eval_" for the set "dev". */
function prefixOf(set: string): string {
  return `${set.replace(/^dev/, "eval")}_`;
}

function readLabel(metrics: Readonly<Record<string, unknown>>): LabelScores {
  const { label, precision, recall, f1, support, threshold, roc_auc } = metrics;
  return {
    label: textOf(label) ?? "",
    precision: numberOf(precision) ?? Number.NaN,
    recall: numberOf(recall) ?? Number.NaN,
    f1: numberOf(f1) ?? Number.NaN,
    support: numberOf(support) ?? 0,
    threshold: numberOf(threshold),
    auc: numberOf(roc_auc),
  };
}

function readCalibration({
  calibration_error,
  reliability,
}: Readonly<Record<string, unknown>>): Calibration | undefined {
  const error = numberOf(calibration_error);
  if (error === undefined) return undefined;
  const bins = objectsOf(reliability).flatMap(({ count, confidence, accuracy }) =>
    typeof count === "number" && typeof confidence === "number" && typeof accuracy === "number"
      ? [{ count, confidence, accuracy }]
      : [],
  );
  return { error, bins };
}

function matrixOf(value: unknown): number[][] | undefined {
  const isMatrix = Array.isArray(value) && value.every((row) => Array.isArray(row) && row.every(Number.isFinite));
  return isMatrix ? (value as number[][]) : undefined;
}

function pairOf(value: unknown): [number, number] | undefined {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isFinite)
    ? (value as [number, number])
    : undefined;
}

function sumOf(matrix: number[][] | undefined): number {
  return matrix?.flat().reduce((a, b) => a + b, 0) ?? 0;
}
