/** Formats a fraction as a percentage with one decimal. */
export function percent(fraction: number): string {
  return Number.isFinite(fraction) ? `${(100 * fraction).toFixed(1)}%` : "–";
}

/** Formats a number with four significant digits; integers are grouped by thousands. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Number.isInteger(value)) return Math.abs(value) < 1e15 ? value.toLocaleString("en-US") : value.toExponential(3);
  const size = Math.abs(value);
  return size < 1e-3 || size >= 1e6
    ? value.toExponential(2).replace(/\.?0+e/, "e")
    : String(Number(value.toPrecision(4)));
}

/** Formats a duration in seconds. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Formats a number with its sign. */
export function signed(value: number, digits = 2): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
}

/** Metrics that are not fractions. */
const NOT_FRACTIONS = /loss|mse|mae|pearson|spearman|matthews|mcc|r2|kappa|brier/;

/** Formats the value of a metric: as a percentage if the metric is a fraction. */
export function metricValue(name: string, value: number): string {
  if (!Number.isFinite(value)) return "–";
  return NOT_FRACTIONS.test(name) ? value.toFixed(3) : percent(value);
}

/** Formats a difference of a metric: in percentage points if the metric is a fraction. */
export function metricDifference(name: string, difference: number): string {
  return NOT_FRACTIONS.test(name) ? signed(difference, 3) : `${signed(100 * difference, 1)} points`;
}

/** Returns whether larger values of a metric are better. */
export function isBetterIfLarger(name: string): boolean {
  return !/loss|mse|mae|calibration|brier/.test(name);
}

const TITLES: Readonly<Record<string, string>> = {
  matthews_correlation: "Matthews correlation",
  mcc: "Matthews correlation",
  cohen_kappa: "Cohen’s kappa",
  f1: "F1",
  mse: "Mean squared error",
  rmse: "Root mean squared error",
  mae: "Mean absolute error",
  r2: "R²",
  pearson: "Pearson correlation",
  spearman: "Spearman correlation",
  subset_accuracy: "Exact match",
};

/** Returns the title of a metric. An average is named first: the title of f1_macro and macro_f1 is "Macro F1". */
export function metricTitle(name: string): string {
  if (Object.hasOwn(TITLES, name)) return TITLES[name]!;
  const [, metric = name, average] = /^(.+)_(macro|micro|weighted|samples)$/.exec(name) ?? [];
  const words = (average === undefined ? metric : `${average}_${metric}`)
    .split("_")
    .map((word) => (/^(f1|auc|roc)$/.test(word) ? word.toUpperCase() : word))
    .join(" ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
