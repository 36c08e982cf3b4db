import { alignColumns, displayWidth, truncateToWidth } from "@bertie/common";
import {
  type ConfusionMatrix,
  type EvaluationMetrics,
  type Interval,
  type MultiLabelMetrics,
  percent,
  type RegressionMetrics,
  type SingleLabelMetrics,
} from "@bertie/data";

const NARROW = 60;
const LISTED_CLASSES = 30;
const LARGEST_MATRIX = 12;

/**
 * Returns the lines of the tables of evaluated sets: precision, recall and F1 of each class, averages, and the confusion matrix of
 * up to 12 classes. Terminals with less than 60 columns get shorter lines.
 *
 * @param columns width of the terminal @default 80
 */
export function evaluationTable(evaluations: Readonly<Record<string, EvaluationMetrics>>, columns = 80): string[] {
  return Object.entries(evaluations).flatMap(([set, metrics]) => [
    `evaluation (${set}): ${metrics.examples} row${metrics.examples === 1 ? "" : "s"}`,
    ...linesOf(metrics, columns).map((line) => `  ${line}`.trimEnd()),
  ]);
}

function linesOf(metrics: EvaluationMetrics, columns: number): string[] {
  switch (metrics.problem_type) {
    case "regression":
      return regressionLines(metrics, columns);
    case "multi_label_classification":
      return [...classTable(metrics, columns), ...multiLabelSummary(metrics, columns)];
    case "single_label_classification":
      return [
        ...classTable(metrics, columns),
        ...singleLabelSummary(metrics, columns),
        ...matrixLines(metrics.labels, metrics.confusion_matrix, columns),
      ];
  }
}

/** Formats the metrics of the classes and their averages. Of many classes, those with the lowest F1 are listed. */
function classTable(metrics: SingleLabelMetrics | MultiLabelMetrics, columns: number): string[] {
  const { per_class: classes } = metrics;
  const isNarrow = columns < NARROW;
  const format = (value: number) => value.toFixed(isNarrow ? 2 : 4);
  const listed =
    classes.length <= LISTED_CLASSES ? classes : classes.toSorted((a, b) => a.f1 - b.f1).slice(0, LISTED_CLASSES);
  const row = (name: string, precision: number, recall: number, f1: number, support: number) => [
    ...[name, format(precision), format(recall), format(f1), String(support)],
  ];
  const all = classes.reduce((sum, { support }) => sum + support, 0);
  const average = (name: "macro" | "micro" | "weighted") =>
    row(`${name} average`, metrics[`precision_${name}`], metrics[`recall_${name}`], metrics[`f1_${name}`], all);
  const averages = metrics.problem_type === "multi_label_classification" ? (["micro"] as const) : [];
  const table = alignCounts(
    [
      isNarrow ? ["label", "P", "R", "F1", "n"] : ["label", "precision", "recall", "F1", "support"],
      ...listed.map(({ label, precision, recall, f1, support }) => row(visible(label), precision, recall, f1, support)),
      ...[...averages, "macro" as const, "weighted" as const].map(average),
    ],
    Math.max(8, Math.min(32, columns - (isNarrow ? 26 : 42))),
  );
  const hidden = classes.length - listed.length;
  const note = `(the ${LISTED_CLASSES} labels with the lowest F1; eval_results.json has ${hidden} more)`;
  return hidden > 0 ? [...table, note] : table;
}

function singleLabelSummary(
  { accuracy, calibration_error, confidence_intervals }: SingleLabelMetrics,
  columns: number,
): string[] {
  return [
    `accuracy ${percent(accuracy)}${describeInterval(confidence_intervals.accuracy, percent, columns)}`,
    `calibration error ${percent(calibration_error)}`,
  ];
}

function multiLabelSummary(metrics: MultiLabelMetrics, columns: number): string[] {
  const format = (value: number) => value.toFixed(4);
  return [
    `micro F1 ${format(metrics.f1_micro)}${describeInterval(metrics.confidence_intervals.f1_micro, format, columns)}`,
    `rows with exactly the true labels ${percent(metrics.subset_accuracy)}`,
    `calibration error ${percent(metrics.calibration_error)}`,
  ];
}

function regressionLines(
  { pearson, spearman, rmse, mae, r2, confidence_intervals }: RegressionMetrics,
  columns: number,
): string[] {
  const format = (value: number | null) => (value === null ? "undefined" : value.toFixed(4));
  return [
    `Pearson ${format(pearson)}${describeInterval(confidence_intervals.pearson, format, columns)}`,
    `Spearman ${format(spearman)}`,
    ...alignCounts([
      ["RMSE", format(rmse)],
      ["MAE", format(mae)],
      ["R²", format(r2)],
    ]),
  ];
}

/** Formats the confusion matrix of up to 12 labels. Columns have numbers if the names of the labels do not fit. */
function matrixLines(labels: readonly string[], matrix: ConfusionMatrix, columns: number): string[] {
  if (labels.length > LARGEST_MATRIX) return [];
  const names = labels.map(visible);
  const widthOf = (cells: readonly (readonly string[])[]) => displayWidth(alignCounts(cells)[0]!);
  const rows = (prefix: (id: number) => string, header: readonly string[]) => [
    ["", ...header],
    ...matrix.map((counts, id) => [prefix(id) + names[id]!, ...counts.map(String)]),
  ];
  const named = rows(() => "", names);
  const fits = widthOf(named) + 2 <= columns;
  const numbers = labels.map((_, id) => String(id + 1));
  const table = fits ? named : rows((id) => `${id + 1} `, numbers);
  const others = widthOf(table.map(([_, ...cells]) => ["", ...cells]));
  const title = columns < NARROW ? "confusion matrix" : "confusion matrix (rows: true, columns: predicted)";
  return ["", title, ...alignCounts(table, Math.max(8, columns - 2 - others))];
}

/** Aligns the first column, truncated to a width, to the left and the others to the right. */
function alignCounts(rows: readonly (readonly string[])[], firstWidth = Number.POSITIVE_INFINITY): string[] {
  const cells = rows.map(([first = "", ...others]) => [truncateToWidth(first, firstWidth), ...others]);
  return alignColumns(
    cells,
    cells[0]!.map((_, column) => (column === 0 ? "left" : "right")),
  );
}

function describeInterval(interval: Interval | null, format: (value: number) => string, columns: number): string {
  const text = columns < NARROW ? "95%" : "95% interval";
  return interval === null ? "" : ` (${text}: ${format(interval[0])} to ${format(interval[1])})`;
}

/** Replaces control characters, which would break the lines of a table. */
function visible(label: string): string {
  return label.replace(/[\p{Cc}\u2028\u2029]/gu, "␣");
}
