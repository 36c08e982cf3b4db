import { cohenKappa, correlationOfCounts } from "./agreement.ts";
import { type Interval, intervalsOfCounts } from "./bootstrap.ts";
import { calibrationErrors, type ReliabilityBin, reliabilityBins } from "./calibration.ts";
import { type ClassMetrics, checkShape, classMetrics, columnOf } from "./class-metrics.ts";
import { type ConfusionMatrix, classCounts, confusionMatrix } from "./confusion-matrix.ts";
import {
  type ClassCounts,
  macroAverage,
  microAverage,
  occurring,
  weightedAverage,
  withSuffix,
} from "./precision-recall.ts";
import { brierScore, logLoss } from "./probability-losses.ts";
import { averagePrecision, countByThreshold, rocAuc } from "./ranking.ts";
import { mean, meanIfDefined } from "./sums.ts";

/** Metrics of a single-label problem, as in eval_results.json. */
export interface SingleLabelMetrics {
  readonly problem_type: "single_label_classification";
  /** Number of rows. */
  readonly examples: number;
  /** Names of the labels, in the order of their ids. */
  readonly labels: readonly string[];
  /** Fraction of rows whose label is predicted. */
  readonly accuracy: number;
  /** Mean recall of the classes that occur. */
  readonly balanced_accuracy: number;
  /** Means over the classes that occur as a true or predicted label. */
  readonly precision_macro: number;
  readonly recall_macro: number;
  readonly f1_macro: number;
  /** Precision, recall and F1 of all classes together, which are equal to the accuracy. */
  readonly precision_micro: number;
  readonly recall_micro: number;
  readonly f1_micro: number;
  /** Means over the classes, weighted by their numbers of rows. */
  readonly precision_weighted: number;
  readonly recall_weighted: number;
  readonly f1_weighted: number;
  /** Matthews correlation coefficient; 0 if all labels or all predictions are the same. */
  readonly mcc: number;
  /** Cohen's kappa; null if labels and predictions are all the same label. */
  readonly cohen_kappa: number | null;
  /** Area under the ROC curve of label 1 for two labels, otherwise the mean over the classes; null if a class is absent. */
  readonly roc_auc: number | null;
  /** Average precision of label 1 for two labels, otherwise the mean over the classes, where an absent class counts as 0. */
  readonly average_precision: number;
  /** Mean negative log probability of the true labels. */
  readonly log_loss: number;
  /** Mean squared distance of probabilities and labels, halved for two labels. */
  readonly brier_score: number;
  /** Expected calibration error of the predicted labels, over ten bins of equal width. */
  readonly calibration_error: number;
  /** Largest difference of confidence and accuracy in a bin. */
  readonly max_calibration_error: number;
  readonly per_class: readonly ClassMetrics[];
  /** Number of rows at `confusion_matrix[label id][predicted id]`. */
  readonly confusion_matrix: ConfusionMatrix;
  readonly reliability: readonly ReliabilityBin[];
  /** 95% bootstrap intervals. */
  readonly confidence_intervals: Readonly<Record<"accuracy" | "f1_macro" | "mcc", Interval | null>>;
}

/** True labels and predictions of a single-label problem. */
export interface SingleLabelRows {
  /** True label ids, `[rows]`; at least one. */
  readonly labels: ArrayLike<number>;
  /** Probabilities, `[rows, labels]`, row-major. */
  readonly probabilities: ArrayLike<number>;
  /** Predicted label ids, `[rows]`. @default the most probable labels; the smallest id if several are equally probable */
  readonly predictions?: ArrayLike<number>;
  /** Names of the labels, in the order of their ids. */
  readonly names: readonly string[];
  /** Seed of the bootstrap. @default 42 */
  readonly seed?: number;
}

/**
 * Computes the metrics of a single-label problem in float64. They are equal to the metrics of scikit-learn with `zero_division=0`,
 * and null where scikit-learn returns NaN.
 *
 * @throws Error if there are no rows or if the shapes differ
 *
 * @example
 * ```ts
 * import { evaluateSingleLabel } from "@bertie/data";
 *
 * const metrics = evaluateSingleLabel({
 *   labels: [0, 1, 1],
 *   probabilities: [0.9, 0.1, 0.2, 0.8, 0.6, 0.4],
 *   names: ["negative", "positive"],
 * });
 * console.log(metrics.accuracy, metrics.f1_macro); // 0.6666666666666666 0.6666666666666666
 * ```
 */
export function evaluateSingleLabel({
  labels,
  probabilities,
  names,
  seed = 42,
  predictions = mostProbable(probabilities, names.length),
}: SingleLabelRows): SingleLabelMetrics {
  checkShape(labels.length, probabilities.length, names.length);
  const rows = labels.length;
  const confusion = confusionMatrix(labels, predictions, names.length);
  const classes = classCounts(confusion);
  const perClass = names.map((name, id): ClassMetrics => {
    const scores = columnOf(probabilities, rows, id);
    const ranking = countByThreshold(scores, (row) => labels[row] === id);
    return classMetrics(name, classes[id]!, rocAuc(ranking), averagePrecision(ranking));
  });
  const confidences = Float64Array.from({ length: rows }, (_, row) => {
    return probabilities[row * names.length + predictions[row]!]!;
  });
  const reliability = reliabilityBins(confidences, (row) => predictions[row] === labels[row]);
  const { expected, maximum } = calibrationErrors(reliability);
  const isBinary = names.length === 2;
  return {
    problem_type: "single_label_classification",
    examples: rows,
    labels: names,
    accuracy: accuracyOf(classes),
    balanced_accuracy: mean(classes.filter(({ support }) => support > 0).map(({ hits, support }) => hits / support)),
    ...withSuffix(macroAverage(occurring(classes)), "macro"),
    ...withSuffix(microAverage(classes), "micro"),
    ...withSuffix(weightedAverage(classes), "weighted"),
    mcc: correlationOfCounts(classes),
    cohen_kappa: cohenKappa(classes),
    roc_auc: isBinary ? perClass[1]!.roc_auc : meanIfDefined(perClass.map(({ roc_auc }) => roc_auc)),
    average_precision: isBinary
      ? perClass[1]!.average_precision
      : mean(perClass.map(({ average_precision }) => average_precision)),
    log_loss: logLoss(labels, probabilities),
    brier_score: brierScore(labels, probabilities),
    calibration_error: expected,
    max_calibration_error: maximum,
    per_class: perClass,
    confusion_matrix: confusion,
    reliability,
    confidence_intervals: intervalsOf(confusion, seed),
  };
}

function accuracyOf(classes: readonly ClassCounts[]): number {
  return classes.reduce((sum, { hits }) => sum + hits, 0) / classes.reduce((sum, { support }) => sum + support, 0);
}

function mostProbable(probabilities: ArrayLike<number>, numLabels: number): Int32Array {
  return Int32Array.from({ length: probabilities.length / numLabels }, (_, row) => {
    let best = 0;
    for (let id = 1; id < numLabels; id++) {
      if (probabilities[row * numLabels + id]! > probabilities[row * numLabels + best]!) best = id;
    }
    return best;
  });
}

function intervalsOf(confusion: ConfusionMatrix, seed: number) {
  const cells = confusion.flatMap((row, label) =>
    row.flatMap((count, prediction) => (count > 0 ? [{ label, prediction, count }] : [])),
  );
  const counts = cells.map(({ count }) => count);
  return intervalsOfCounts(counts, seed, (resample) => {
    const classes = confusion.map(() => ({ hits: 0, support: 0, predicted: 0 }));
    for (const [i, { label, prediction }] of cells.entries()) {
      classes[label]!.support += resample[i]!;
      classes[prediction]!.predicted += resample[i]!;
      if (label === prediction) classes[label]!.hits += resample[i]!;
    }
    return {
      accuracy: accuracyOf(classes),
      f1_macro: macroAverage(occurring(classes)).f1,
      mcc: correlationOfCounts(classes),
    };
  });
}
