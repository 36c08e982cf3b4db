import { bestThreshold } from "./best-threshold.ts";
import { type Interval, intervalsOfCounts } from "./bootstrap.ts";
import { calibrationErrors, type ReliabilityBin, reliabilityBins } from "./calibration.ts";
import { type ClassMetrics, checkShape, classMetrics, columnOf } from "./class-metrics.ts";
import { labelRankingAveragePrecision } from "./label-ranking.ts";
import {
  type ClassCounts,
  macroAverage,
  microAverage,
  precisionRecall,
  weightedAverage,
  withSuffix,
} from "./precision-recall.ts";
import { averagePrecision, countByThreshold, rocAuc } from "./ranking.ts";
import { mean, meanIfDefined } from "./sums.ts";

/** Metrics of one label of a multi-label problem. */
export interface LabelMetrics extends ClassMetrics {
  /** Threshold of the predictions. A label is predicted if its probability is at least the threshold. */
  readonly threshold: number;
  /**
   * Threshold with the highest F1 score on these rows. The score with it is optimistic, because the threshold was chosen on
   * the rows that it is measured on; measure it on other rows.
   */
  readonly best_threshold: number;
  /** F1 score with `best_threshold`. */
  readonly best_f1: number;
}

/** Metrics of a multi-label problem, as in eval_results.json. */
export interface MultiLabelMetrics {
  readonly problem_type: "multi_label_classification";
  /** Number of rows. */
  readonly examples: number;
  /** Names of the labels, in the order of their ids. */
  readonly labels: readonly string[];
  /** Fraction of rows for which exactly the true labels are predicted. */
  readonly subset_accuracy: number;
  /** Fraction of wrong decisions among all rows and labels. */
  readonly hamming_loss: number;
  /** Precision, recall and F1 of all labels together. */
  readonly precision_micro: number;
  readonly recall_micro: number;
  readonly f1_micro: number;
  /** Means over all labels. */
  readonly precision_macro: number;
  readonly recall_macro: number;
  readonly f1_macro: number;
  /** Means over the labels, weighted by their numbers of rows. */
  readonly precision_weighted: number;
  readonly recall_weighted: number;
  readonly f1_weighted: number;
  /** Means over the rows. A row without true and predicted labels counts as 0. */
  readonly precision_samples: number;
  readonly recall_samples: number;
  readonly f1_samples: number;
  /** Mean area under the ROC curve of the labels; null if all rows or no rows have one of the labels. */
  readonly roc_auc_macro: number | null;
  /** Area under the ROC curve of all decisions together; null if they are all the same. */
  readonly roc_auc_micro: number | null;
  /** Mean average precision of the labels, where a label that no row has counts as 0. */
  readonly average_precision_macro: number;
  /** Average precision of all decisions together. */
  readonly average_precision_micro: number;
  readonly label_ranking_average_precision: number;
  /** Expected calibration error of the probabilities of all rows and labels, over ten bins of equal width. */
  readonly calibration_error: number;
  /** Largest difference of probability and frequency in a bin. */
  readonly max_calibration_error: number;
  readonly per_class: readonly LabelMetrics[];
  /** Bins of all probabilities; `accuracy` is the fraction of them whose row has the label. */
  readonly reliability: readonly ReliabilityBin[];
  /** 95% bootstrap interval. */
  readonly confidence_intervals: Readonly<Record<"f1_micro", Interval | null>>;
}

/** True labels and probabilities of a multi-label problem. */
export interface MultiLabelRows {
  /** 1 if a row has a label, otherwise 0, `[rows, labels]`, row-major; at least one row. */
  readonly targets: ArrayLike<number>;
  /** Probabilities, `[rows, labels]`, row-major. */
  readonly probabilities: ArrayLike<number>;
  /** Names of the labels, in the order of their ids. */
  readonly names: readonly string[];
  /** Threshold of all labels, or one threshold per label. @default 0.5 */
  readonly thresholds?: number | readonly number[];
  /** Seed of the bootstrap. @default 42 */
  readonly seed?: number;
}

/**
 * Returns 1 for each probability that is at least the threshold of its label, otherwise 0, `[rows, labels]`.
 *
 * @param probabilities `[rows, labels]`, row-major
 * @param thresholds one per label
 *
 * @example
 * ```ts
 * import { applyThresholds } from "@bertie/data";
 *
 * console.log(applyThresholds([0.5, 0.2, 0.4, 0.9], [0.5, 0.3])); // Uint8Array [1, 0, 0, 1]
 * ```
 */
export function applyThresholds(probabilities: ArrayLike<number>, thresholds: readonly number[]): Uint8Array {
  return Uint8Array.from(probabilities, (value, i) => (value >= thresholds[i % thresholds.length]! ? 1 : 0));
}

/**
 * Computes the metrics of a multi-label problem in float64. They are equal to the metrics of scikit-learn with `zero_division=0`,
 * and null where scikit-learn returns NaN.
 *
 * @throws Error if there are no rows or if the shapes differ
 *
 * @example
 * ```ts
 * import { evaluateMultiLabel } from "@bertie/data";
 *
 * const metrics = evaluateMultiLabel({
 *   targets: [1, 0, 1, 1],
 *   probabilities: [0.9, 0.1, 0.2, 0.8],
 *   names: ["sports", "politics"],
 * });
 * console.log(metrics.f1_micro, metrics.hamming_loss); // 0.8 0.25
 * ```
 */
export function evaluateMultiLabel({
  targets,
  probabilities,
  names,
  thresholds = 0.5,
  seed = 42,
}: MultiLabelRows): MultiLabelMetrics {
  const width = names.length;
  const rows = targets.length / width;
  checkShape(rows, probabilities.length, width);
  const limits = typeof thresholds === "number" ? names.map(() => thresholds) : thresholds;
  const predictions = applyThresholds(probabilities, limits);
  const ids = names.map((_, id) => id);
  const allRows = Array.from({ length: rows }, (_, row) => row);
  const count = (cells: readonly number[]): ClassCounts => ({
    hits: cells.filter((cell) => targets[cell] === 1 && predictions[cell] === 1).length,
    support: cells.filter((cell) => targets[cell] === 1).length,
    predicted: cells.filter((cell) => predictions[cell] === 1).length,
  });
  const classes = ids.map((id) => count(allRows.map((row) => row * width + id)));
  const samples = allRows.map((row) => count(ids.map((id) => row * width + id)));
  const perClass = names.map((name, id): LabelMetrics => {
    const ranking = countByThreshold(columnOf(probabilities, rows, id), (row) => targets[row * width + id] === 1);
    const best = bestThreshold(ranking);
    return {
      ...classMetrics(name, classes[id]!, rocAuc(ranking), averagePrecision(ranking)),
      threshold: limits[id]!,
      best_threshold: best.threshold,
      best_f1: best.f1,
    };
  });
  const ranking = countByThreshold(probabilities, (cell) => targets[cell] === 1);
  const reliability = reliabilityBins(probabilities, (cell) => targets[cell] === 1);
  const { expected, maximum } = calibrationErrors(reliability);
  const wrong = samples.map(({ hits, support, predicted }) => support + predicted - 2 * hits);
  return {
    problem_type: "multi_label_classification",
    examples: rows,
    labels: names,
    subset_accuracy: wrong.filter((count) => count === 0).length / rows,
    hamming_loss: wrong.reduce((a, b) => a + b, 0) / targets.length,
    ...withSuffix(microAverage(classes), "micro"),
    ...withSuffix(macroAverage(classes), "macro"),
    ...withSuffix(weightedAverage(classes), "weighted"),
    ...withSuffix(macroAverage(samples), "samples"),
    roc_auc_macro: meanIfDefined(perClass.map(({ roc_auc }) => roc_auc)),
    roc_auc_micro: rocAuc(ranking),
    average_precision_macro: mean(perClass.map(({ average_precision }) => average_precision)),
    average_precision_micro: averagePrecision(ranking),
    label_ranking_average_precision: labelRankingAveragePrecision(targets, probabilities, width),
    calibration_error: expected,
    max_calibration_error: maximum,
    per_class: perClass,
    reliability,
    confidence_intervals: intervalOfF1(samples, seed),
  };
}

/** Returns the interval of the micro F1 score, to which all rows with the same counts contribute equally. */
function intervalOfF1(samples: readonly ClassCounts[], seed: number) {
  const kinds = new Map<string, { counts: ClassCounts; rows: number }>();
  for (const counts of samples) {
    const key = `${counts.hits} ${counts.support} ${counts.predicted}`;
    kinds.set(key, { counts, rows: (kinds.get(key)?.rows ?? 0) + 1 });
  }
  const list = [...kinds.values()];
  const rows = list.map((kind) => kind.rows);
  return intervalsOfCounts(rows, seed, (resample) => {
    const total = (key: keyof ClassCounts) => list.reduce((sum, { counts }, i) => sum + counts[key] * resample[i]!, 0);
    const counts = { hits: total("hits"), support: total("support"), predicted: total("predicted") };
    return { f1_micro: precisionRecall(counts).f1 };
  });
}
