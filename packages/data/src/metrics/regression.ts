import { type Interval, intervalsOfRows } from "./bootstrap.ts";
import { isConstant, pearson, spearman } from "./correlation.ts";
import { mean, meanOf, sumOf } from "./sums.ts";

/** Metrics of a regression problem, as in eval_results.json. */
export interface RegressionMetrics {
  readonly problem_type: "regression";
  /** Number of rows. */
  readonly examples: number;
  /** Mean squared error. */
  readonly mse: number;
  /** Root of the mean squared error, in the unit of the targets. */
  readonly rmse: number;
  /** Mean absolute error, in the unit of the targets. */
  readonly mae: number;
  /**
   * Fraction of the targets' variance that the predictions explain; null for one row. If all targets are the same, the value is 1
   * for exact predictions and otherwise 0.
   */
  readonly r2: number | null;
  /** Pearson's correlation; null for one row, or if all targets or all predictions are the same. */
  readonly pearson: number | null;
  /** Spearman's rank correlation; null where `pearson` is null. */
  readonly spearman: number | null;
  /** 95% bootstrap interval. */
  readonly confidence_intervals: Readonly<Record<"pearson", Interval | null>>;
}

/** Targets and predictions of a regression problem. */
export interface RegressionRows {
  /** True values, `[rows]`; at least one. */
  readonly targets: ArrayLike<number>;
  /** Predicted values, `[rows]`. */
  readonly predictions: ArrayLike<number>;
  /** Seed of the bootstrap. @default 42 */
  readonly seed?: number;
}

/**
 * Computes the metrics of a regression problem in float64. They are equal to the metrics of scikit-learn and SciPy, and null where
 * these return NaN.
 *
 * @throws Error if there are no rows or if the numbers of targets and predictions differ
 *
 * @example
 * ```ts
 * import { evaluateRegression } from "@bertie/data";
 *
 * const { mae, spearman } = evaluateRegression({ targets: [1, 2, 3], predictions: [1.5, 2.5, 4] });
 * console.log(mae.toFixed(2), spearman); // 0.67 1
 * ```
 */
export function evaluateRegression({ targets, predictions, seed = 42 }: RegressionRows): RegressionMetrics {
  const rows = targets.length;
  if (rows === 0 || predictions.length !== rows) {
    throw new Error(`expected as many predictions as targets, at least 1, found ${predictions.length} and ${rows}`);
  }
  const error = (row: number) => targets[row]! - predictions[row]!;
  const mse = meanOf(rows, (row) => error(row) ** 2);
  return {
    problem_type: "regression",
    examples: rows,
    mse,
    rmse: Math.sqrt(mse),
    mae: meanOf(rows, (row) => Math.abs(error(row))),
    r2: determination(targets, mse * rows),
    pearson: pearson(targets, predictions),
    spearman: spearman(targets, predictions),
    confidence_intervals: intervalsOfRows(rows, seed, (resample) => ({
      pearson: pearsonOfRows(targets, predictions, resample),
    })),
  };
}

function determination(targets: ArrayLike<number>, squaredErrors: number): number | null {
  if (targets.length < 2) return null;
  // scikit-learn divides by the rounding error of the mean in this case, unless the mean is exact.
  if (isConstant(targets)) return squaredErrors === 0 ? 1 : 0;
  const center = mean(targets);
  const spread = sumOf(targets.length, (row) => (targets[row]! - center) ** 2);
  return 1 - squaredErrors / spread;
}

/** Returns the correlation of some rows in one pass over them. */
function pearsonOfRows(x: ArrayLike<number>, y: ArrayLike<number>, rows: Uint32Array): number | null {
  // Differences from the first row avoid the cancellation of large sums of squares.
  const [originX, originY] = [x[0]!, y[0]!];
  let [sumX, sumY, sumXX, sumYY, sumXY] = [0, 0, 0, 0, 0];
  for (const row of rows) {
    const [dx, dy] = [x[row]! - originX, y[row]! - originY];
    sumX += dx;
    sumY += dy;
    sumXX += dx * dx;
    sumYY += dy * dy;
    sumXY += dx * dy;
  }
  const count = rows.length;
  const spreadX = sumXX - (sumX * sumX) / count;
  const spreadY = sumYY - (sumY * sumY) / count;
  if (!(spreadX > 0 && spreadY > 0)) return null;
  const value = (sumXY - (sumX * sumY) / count) / Math.sqrt(spreadX) / Math.sqrt(spreadY);
  return Math.min(1, Math.max(-1, value));
}
