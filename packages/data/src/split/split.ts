import { BertieError, Random } from "@bertie/common";
import type { InputExample } from "../example.ts";
import { type RowRecord, recordRows } from "./row-ranges.ts";
import { strataOf } from "./strata.ts";
import { countStrata, type DesiredRows, stratify } from "./stratify.ts";
import { type Units, unitsOf } from "./units.ts";

/** Rows of a split, as indices of examples in ascending order. */
export interface SplitRows {
  readonly train: readonly number[];
  readonly evaluation: readonly number[];
}

/** Facts about a split for run.json. Together with the files, they determine which rows went where. */
export interface SplitRecord {
  readonly seed: number;
  readonly rows: number;
  /** Number of different groups that were kept together; absent if the examples have no groups. */
  readonly groups?: number;
  /** Number of rows whose text occurs in an earlier row; they are in the same part as the earlier row. */
  readonly duplicates: number;
  /** Fraction of the rows that was requested for evaluation; absent for folds. */
  readonly evalFraction?: number;
  /** Evaluation rows: one list for a split, and one per fold. All other rows are training rows. */
  readonly evaluationRows: readonly (readonly RowRecord[])[];
}

/** Split of examples into a training set and an evaluation set. */
export interface Split extends SplitRows {
  readonly record: SplitRecord;
}

/** Split of examples into k parts, each of which is the evaluation set of one fold. */
export interface Folds {
  readonly folds: readonly SplitRows[];
  readonly record: SplitRecord;
}

/**
 * Splits examples into a training set and an evaluation set, with the same distribution of labels in both: of labels by their
 * counts, of several labels per row by iterative stratification (Sechidis et al., 2011), of values by up to 10 bins.
 *
 * The rows of a group, and rows with the same text after NFKC and case folding, are never on both sides. A label with at least
 * two such units of rows is on both sides; a label with one unit is in the training set. The same seed gives the same split.
 *
 * @throws BertieError "options/range" if the fraction is not between 0 and 1
 * @throws BertieError "input/no-rows" if there are fewer than two different texts or groups
 * @example
 * ```ts
 * import { splitExamples } from "@bertie/data";
 *
 * const examples = Array.from({ length: 20 }, (_, i) => ({ guid: `${i}`, textA: `${i}`, label: i % 4 ? "a" : "b" }));
 * const { train, evaluation } = splitExamples(examples, { evalFraction: 0.2, seed: 42 });
 * console.log(train.length, evaluation.length); // 16 4
 * ```
 */
export function splitExamples(
  examples: readonly InputExample[],
  { evalFraction, seed }: { readonly evalFraction: number; readonly seed: number },
): Split {
  if (!(evalFraction > 0 && evalFraction < 1)) {
    const message = `evalFraction (--eval-fraction) is ${evalFraction}, expected a number between 0 and 1, such as 0.1.`;
    throw new BertieError("options/range", message);
  }
  const units = unitsOf(examples);
  requireUnits(examples, units, 2, "Add rows");
  const strata = strataOf(examples);
  const counts = countStrata(units, strata);
  const desired = heldOutRows(counts, evalFraction, strata.isSingle ? examples.length : undefined);
  const partOf = stratify(units, strata, desired, new Random(seed, "split"));
  if (!partOf.includes(1)) moveSmallest(units, partOf, 1);
  if (!partOf.includes(0)) moveSmallest(units, partOf, 0);
  const rows = rowsOf(units, partOf, 1);
  return {
    ...rows,
    record: {
      ...recordOf(examples, units, seed),
      evalFraction,
      evaluationRows: [recordRows(examples, rows.evaluation)],
    },
  };
}

/**
 * Splits examples into k folds, like {@link splitExamples}: each row is in the evaluation set of exactly one fold.
 *
 * @param k number of folds
 * @throws BertieError "options/range" if k is not an integer of at least 2
 * @throws BertieError "input/no-rows" if there are fewer than k different texts or groups
 * @example
 * ```ts
 * import { splitFolds } from "@bertie/data";
 *
 * const examples = Array.from({ length: 20 }, (_, i) => ({ guid: `${i}`, textA: `${i}`, label: i % 4 ? "a" : "b" }));
 * const { folds } = splitFolds(examples, { k: 5, seed: 42 });
 * console.log(folds.map(({ evaluation }) => evaluation.length)); // [4, 4, 4, 4, 4]
 * ```
 */
export function splitFolds(
  examples: readonly InputExample[],
  { k, seed }: { readonly k: number; readonly seed: number },
): Folds {
  if (!Number.isInteger(k) || k < 2) {
    throw new BertieError("options/range", `folds (--folds) is ${k}, expected an integer of at least 2, such as 5.`);
  }
  const units = unitsOf(examples);
  requireUnits(examples, units, k, "Add rows, or reduce folds (--folds)");
  const strata = strataOf(examples);
  const random = new Random(seed, "folds");
  const desired = foldRows(countStrata(units, strata).rows, k, strata.isSingle, random);
  const partOf = stratify(units, strata, desired, random);
  const folds = Array.from({ length: k }, (_, fold) => rowsOf(units, partOf, fold));
  const evaluationRows = folds.map(({ evaluation }) => recordRows(examples, evaluation));
  return { folds, record: { ...recordOf(examples, units, seed), evaluationRows } };
}

/** Returns the desired rows of the training set and the evaluation set. */
function heldOutRows(
  { rows, units }: { readonly rows: Float64Array; readonly units: Float64Array },
  fraction: number,
  total: number | undefined,
): DesiredRows {
  const least = rows.map((_, i) => (units[i]! > 1 ? 1 : 0));
  const most = rows.map((count, i) => (units[i]! > 1 ? count - 1 : 0));
  const clamped = (count: number, i: number) => Math.min(Math.max(count, least[i]!), most[i]!);
  const ideal = rows.map((count) => fraction * count);
  const evaluation = ideal.map((count, i) => clamped(total === undefined ? count : Math.floor(count), i));
  if (total !== undefined) {
    // The largest remainders are rounded up, so that the set has the requested size.
    let missing = Math.round(fraction * total) - evaluation.reduce((sum, count) => sum + count, 0);
    const byRemainder = [...ideal.keys()].sort((a, b) => ideal[b]! - evaluation[b]! - (ideal[a]! - evaluation[a]!));
    for (const i of byRemainder) {
      if (missing < 1 || ideal[i]! <= evaluation[i]!) break;
      if (evaluation[i]! >= most[i]!) continue;
      evaluation[i]!++;
      missing--;
    }
  }
  return [rows.map((count, i) => count - evaluation[i]!), evaluation];
}

/** Returns the desired rows of each fold. Remainders go to the smallest folds, so that sizes differ by at most 1. */
function foldRows(rows: Float64Array, k: number, isSingle: boolean, random: Random): DesiredRows {
  if (!isSingle) return Array.from({ length: k }, () => rows.map((count) => count / k));
  const desired = Array.from({ length: k }, () => rows.map((count) => Math.floor(count / k)));
  const extra = new Float64Array(k);
  const folds = Array.from({ length: k }, (_, fold) => fold);
  for (const [stratum, count] of rows.entries()) {
    const smallest = random.shuffled(folds).sort((a, b) => extra[a]! - extra[b]!);
    for (const fold of smallest.slice(0, count % k)) {
      desired[fold]![stratum]!++;
      extra[fold]!++;
    }
  }
  return desired;
}

/** Moves the unit with the fewest rows to an empty part. */
function moveSmallest(units: Units, partOf: Int32Array, part: number): void {
  let smallest = 0;
  for (let unit = 1; unit < units.count; unit++)
    if (units.rowsOf(unit).length < units.rowsOf(smallest).length) smallest = unit;
  partOf[smallest] = part;
}

function rowsOf({ unitOf }: Units, partOf: Int32Array, evaluationPart: number): SplitRows {
  const train: number[] = [];
  const evaluation: number[] = [];
  unitOf.forEach((unit, row) => {
    (partOf[unit] === evaluationPart ? evaluation : train).push(row);
  });
  return { train, evaluation };
}

function recordOf(examples: readonly InputExample[], { groups, duplicates }: Units, seed: number) {
  return { seed, rows: examples.length, ...(groups > 0 && { groups }), duplicates };
}

function requireUnits(examples: readonly InputExample[], { count, groups }: Units, least: number, fix: string): void {
  if (count >= least) return;
  const what = groups > 0 ? "groups with different texts" : "different texts";
  const message = `expected at least ${least} ${what} to split, found ${count} in ${examples.length} rows. ${fix}.`;
  throw new BertieError("input/no-rows", message);
}
