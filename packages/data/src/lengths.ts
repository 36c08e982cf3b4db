import type { BatchShape } from "@bertie/common";
import type { InputFeatures } from "./features.ts";

/** Batch size and padded lengths of a set of rows. */
export interface BatchPlan {
  /** Number of rows per batch. */
  readonly batchSize: number;
  /** Padded lengths in tokens, ascending. The last one fits every row. */
  readonly lengths: readonly number[];
}

/** Options of {@link chooseLengths}. */
export interface LengthOptions {
  /** Number of rows per batch. */
  readonly batchSize: number;
  /** Upper bound of each length, in tokens. */
  readonly maxLength: number;
  /** Maximum number of lengths. @default 6 */
  readonly maxCount?: number | undefined;
}

/** Divisor of all padded lengths except `maxLength`. Multiples of 8 run faster and leave fewer lengths to try. */
const MULTIPLE = 8;

/**
 * Chooses the padded lengths that minimize the number of computed tokens, by dynamic programming over the lengths of the rows.
 * Each padded length adds the cost of one batch of the longest rows, because it requires a compiled program, and because rows
 * that do not fill a batch are padded to the next length.
 *
 * @param rows length of each row in tokens, at most `maxLength`
 * @returns the lengths, ascending
 * @example
 * ```ts
 * import { chooseLengths } from "@bertie/data";
 *
 * const rows = [...new Array(1000).fill(10), ...new Array(1000).fill(60)];
 * console.log(chooseLengths(rows, { batchSize: 32, maxLength: 64 })); // [16, 64]
 * ```
 */
export function chooseLengths(
  rows: readonly number[],
  { batchSize, maxLength, maxCount = 6 }: LengthOptions,
): readonly number[] {
  const longest = rows.reduce((a, b) => Math.max(a, b), 1);
  const count = Math.ceil(longest / MULTIPLE);
  const candidates = Array.from({ length: count }, (_, i) => Math.min((i + 1) * MULTIPLE, maxLength));
  const upTo = candidates.map((length) => rows.filter((row) => row <= length).length);
  const fixedCost = batchSize * candidates.at(-1)!;

  /** For each candidate length, the cheapest lengths that cover all rows up to it, using `used` lengths. */
  let plans = candidates.map((length, i) => ({ cost: upTo[i]! * length + fixedCost, lengths: [length] }));
  let best = plans.at(-1)!;
  for (let used = 2; used <= Math.min(maxCount, count); used++) {
    plans = candidates.map((length, i) => {
      const extended = plans.slice(0, i).map(({ cost, lengths }, j) => ({
        cost: cost + (upTo[i]! - upTo[j]!) * length + fixedCost,
        lengths: [...lengths, length],
      }));
      return extended.reduce((a, b) => (b.cost < a.cost ? b : a), {
        cost: Number.POSITIVE_INFINITY,
        lengths: [length],
      });
    });
    if (plans.at(-1)!.cost < best.cost) best = plans.at(-1)!;
  }
  return best.lengths;
}

/** Returns the index of the smallest length of the plan that fits a row. */
export function lengthIndex({ lengths }: Pick<BatchPlan, "lengths">, { inputIds }: InputFeatures): number {
  return lengths.findIndex((length) => length >= inputIds.length);
}

/**
 * Returns the batch shapes that occur when `count` rows are split into batches: full batches of each length, and one incomplete
 * batch if rows remain.
 *
 * @example
 * ```ts
 * import { batchShapes } from "@bertie/data";
 *
 * console.log(batchShapes(33, { batchSize: 32, lengths: [16, 64] }));
 * // [{ size: 32, length: 16 }, { size: 32, length: 64 }, { size: 1, length: 64 }]
 * ```
 */
export function batchShapes(count: number, { batchSize, lengths }: BatchPlan): BatchShape[] {
  const full = count < batchSize ? [] : lengths.map((length) => ({ size: batchSize, length }));
  const remaining = count % batchSize;
  return remaining === 0 ? full : [...full, { size: remaining, length: lengths.at(-1)! }];
}
