import type { Random } from "@bertie/common";
import { type Fold, stratifiedFolds } from "./folds.ts";
import { fitLinearHead, type HeadData, headLogits, type LinearHead, type Link, meanLoss } from "./linear-head.ts";

/** Penalties to choose from, per example: strong penalties first, because they are fitted in few iterations. */
const PENALTIES: readonly number[] = [10, 3, 1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001];

/** Number of rows up to which folds are repeated, because a single split of few rows is a matter of chance. */
const FEW_ROWS = 200;
/** Number of penalties in a row without improvement after which weaker penalties are not tried. */
const PATIENCE = 2;
/** Gradient tolerance while penalties are compared, and of the final fit. */
const TOLERANCE = { compare: 1e-3, final: 1e-5 } as const;

/** Options of {@link crossValidate} and {@link fitWithCrossValidation}. */
export interface CrossValidationOptions {
  readonly link: Link;
  /** Class of each row, `[rows]`, for stratified folds; the same number for all rows if there are no classes. */
  readonly classes: ArrayLike<number>;
  /** Group of each row, `[rows]`. Rows of a group are in the same fold. @default every row is a group */
  readonly groups?: ArrayLike<number> | undefined;
  /** Penalties to choose from, the strongest first, see `FitOptions`. @default 11 penalties from 10 to 0.0001 */
  readonly penalties?: readonly number[] | undefined;
  /** Generator that assigns rows to folds. */
  readonly random: Random;
  /** Number of folds. @default 5, or up to 10 for at most 200 rows, but at most the size of the largest class */
  readonly folds?: number | undefined;
}

/** Result of {@link crossValidate}. */
export interface CrossValidation {
  /** Chosen penalty, see `FitOptions`. */
  readonly penalty: number;
  readonly folds: number;
  /** Number of times that the rows were split into folds. */
  readonly repeats: number;
  /** Mean loss of the rows that were not fitted; undefined if there are too few rows for folds. */
  readonly loss: number | undefined;
  /**
   * Logits of each row from heads that were not fitted to the row, `[rows, outputs]`, averaged over the repeats. NaN for
   * rows that are in no test part.
   */
  readonly outOfFold: Float64Array;
}

/** Head that was fitted to all rows with the penalty that cross-validation has chosen. */
export interface CrossValidatedHead extends CrossValidation {
  readonly head: LinearHead;
}

/** Progress of cross-validation. */
export interface FitProgress {
  /** Number of fitted heads. */
  readonly fits: number;
  /** Maximum number of heads to fit. */
  readonly maxFits: number;
}

/**
 * Fits a linear head to all rows, with the penalty that {@link crossValidate} chooses.
 *
 * A generator, so that the caller can show progress and stop between fits.
 *
 * @returns the head that was fitted to all rows with the chosen penalty, and the logits of the held-out rows
 *
 * @example
 * ```ts
 * import { Random } from "@bertie/common";
 * import { fitWithCrossValidation } from "@bertie/optim";
 *
 * const classes = [0, 0, 0, 1, 1, 1];
 * const features = Float32Array.of(-3, -2, -1, 1, 2, 3);
 * const targets = Float64Array.from(classes.flatMap((id) => [1 - id, id]));
 * const data = { features, columns: 1, targets, outputs: 2 };
 * const fit = fitWithCrossValidation(data, { link: "softmax", classes, random: new Random(42, "folds") });
 * let next = fit.next();
 * while (!next.done) next = fit.next();
 * console.log(next.value.folds, next.value.repeats); // 3 3
 * ```
 */
export function* fitWithCrossValidation(
  data: HeadData,
  options: CrossValidationOptions,
): Generator<FitProgress, CrossValidatedHead> {
  const search = crossValidate(data, options);
  let fits = 0;
  let next = search.next();
  for (; !next.done; next = search.next()) {
    const { maxFits } = next.value;
    ({ fits } = next.value);
    yield { fits, maxFits: maxFits + 1 };
  }
  const validation = next.value;
  const { link } = options;
  const head = fitLinearHead(data, { link, penalty: validation.penalty, tolerance: TOLERANCE.final });
  yield { fits: fits + 1, maxFits: fits + 1 };
  return { ...validation, head };
}

/**
 * Chooses the penalty with the smallest mean loss by stratified cross-validation. The penalties are tried from strong to
 * weak, each fit starts from the previous one, and the search ends when weaker penalties no longer improve the loss.
 *
 * A generator, so that the caller can show progress and stop between fits.
 *
 * @returns the penalty, and the logits of the held-out rows
 *
 * @example
 * ```ts
 * import { Random } from "@bertie/common";
 * import { crossValidate } from "@bertie/optim";
 *
 * const classes = [0, 0, 0, 1, 1, 1];
 * const features = Float32Array.of(-3, -2, -1, 1, 2, 3);
 * const targets = Float64Array.from(classes.flatMap((id) => [1 - id, id]));
 * const data = { features, columns: 1, targets, outputs: 2 };
 * const search = crossValidate(data, { link: "softmax", classes, random: new Random(42, "folds") });
 * let next = search.next();
 * while (!next.done) next = search.next();
 * console.log(next.value.outOfFold.length); // 12
 * ```
 */
export function* crossValidate(
  data: HeadData,
  { link, classes, groups, random, penalties = PENALTIES, folds: requested }: CrossValidationOptions,
): Generator<FitProgress, CrossValidation> {
  const rows = classes.length;
  const repeats = rows <= FEW_ROWS ? 3 : 1;
  const count = requested ?? foldCount(classes);
  const folds = Array.from({ length: repeats }, () => stratifiedFolds(classes, count, random, groups)).flat();
  const maxFits = folds.length * penalties.length;
  let fits = 0;
  let heads: readonly (LinearHead | undefined)[] = folds.map(() => undefined);
  let best: Candidate | undefined;
  let worse = 0;
  for (const penalty of folds.length === 0 ? [] : penalties) {
    const fitted: LinearHead[] = [];
    for (const [i, { train }] of folds.entries()) {
      fitted.push(fitLinearHead(data, { link, penalty, rows: train, start: heads[i], tolerance: TOLERANCE.compare }));
      yield { fits: ++fits, maxFits };
    }
    heads = fitted;
    const candidate = heldOut(data, link, penalty, folds, fitted);
    const isBetter = best === undefined || candidate.loss < best.loss;
    worse = isBetter ? 0 : worse + 1;
    if (isBetter) best = candidate;
    if (worse === PATIENCE) break;
  }
  // The default penalties are in the order of strength: without folds, a strong one is safe.
  const penalty = best?.penalty ?? penalties[0]!;
  const outOfFold = best?.logits ?? new Float64Array(rows * data.outputs).fill(Number.NaN);
  return { penalty, folds: count, repeats, loss: best?.loss, outOfFold };
}

interface Candidate {
  readonly penalty: number;
  readonly loss: number;
  readonly logits: Float64Array;
}

/** Returns the logits of the rows that were not fitted, averaged over the repeats, and the mean of their losses. */
function heldOut(
  { features, columns, targets, outputs }: HeadData,
  link: Link,
  penalty: number,
  folds: readonly Fold[],
  heads: readonly LinearHead[],
): Candidate {
  const rows = targets.length / outputs;
  const logits = new Float64Array(rows * outputs);
  const counts = new Uint32Array(rows);
  let loss = 0;
  let tested = 0;
  for (const [i, { test }] of folds.entries()) {
    const tests = headLogits(heads[i]!, features, columns, test);
    const expected = new Float64Array(test.length * outputs);
    for (const [at, row] of test.entries()) {
      counts[row]! += 1;
      for (let k = 0; k < outputs; k++) {
        expected[at * outputs + k] = targets[row * outputs + k]!;
        logits[row * outputs + k]! += tests[at * outputs + k]!;
      }
    }
    loss += meanLoss(link, tests, expected, outputs) * test.length;
    tested += test.length;
  }
  return { penalty, loss: loss / tested, logits: logits.map((sum, i) => sum / counts[Math.floor(i / outputs)]!) };
}

/** Returns the number of folds: fewer for many rows, and not more than the largest class has rows. */
function foldCount(classes: ArrayLike<number>): number {
  const sizes = new Map<number, number>();
  for (let row = 0; row < classes.length; row++) sizes.set(classes[row]!, (sizes.get(classes[row]!) ?? 0) + 1);
  const most = classes.length <= FEW_ROWS ? 10 : 5;
  return Math.max(2, Math.min(most, Math.max(...sizes.values())));
}
