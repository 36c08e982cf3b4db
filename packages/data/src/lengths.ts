import type { BatchShape } from "@bertie/common";
import type { InputFeatures } from "./features.ts";

/** How rows become batches: so many rows each, padded to one of a few lengths. */
export interface BatchPlan {
  readonly batchSize: number;
  /** Ascending; the last one holds every row. */
  readonly lengths: readonly number[];
}

export interface LengthOptions {
  readonly batchSize: number;
  /** No length is more than this. */
  readonly maxLength: number;
  /** How many lengths there may be. Default 6. */
  readonly most?: number | undefined;
}

/** Lengths are multiples of this, or the longest that is allowed: hardware likes them, and there are fewer to choose from. */
const MULTIPLE = 8;

/**
 * The lengths to pad rows to that cost the fewest tokens in all, found by dynamic programming over the rows' lengths. Each
 * one is charged a batch of the longest rows, for a program to compile and a batch in which it mixes with the next.
 *
 * @param rows the rows' lengths, none above `maxLength`
 */
export function chooseLengths(
  rows: readonly number[],
  { batchSize, maxLength, most = 6 }: LengthOptions,
): readonly number[] {
  const longest = rows.reduce((a, b) => Math.max(a, b), 1);
  const count = Math.ceil(longest / MULTIPLE);
  const choices = Array.from({ length: count }, (_, i) => Math.min((i + 1) * MULTIPLE, maxLength));
  const upTo = choices.map((length) => rows.filter((row) => row <= length).length);
  const charge = batchSize * choices.at(-1)!;

  /** The cheapest lengths for the rows up to each choice, with so many lengths. */
  let plans = choices.map((length, i) => ({ cost: upTo[i]! * length + charge, lengths: [length] }));
  let best = plans.at(-1)!;
  for (let used = 2; used <= Math.min(most, count); used++) {
    plans = choices.map((length, i) => {
      const extended = plans.slice(0, i).map(({ cost, lengths }, j) => ({
        cost: cost + (upTo[i]! - upTo[j]!) * length + charge,
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

/** The least of the plan's lengths that holds a row, as an index into them. */
export function lengthIndex({ lengths }: Pick<BatchPlan, "lengths">, { inputIds }: InputFeatures): number {
  return lengths.findIndex((length) => length >= inputIds.length);
}

/** The shapes of batches that occur when `count` rows are cut into batches: whole ones, and one with what is left. */
export function batchShapes(count: number, { batchSize, lengths }: BatchPlan): BatchShape[] {
  const whole = count < batchSize ? [] : lengths.map((length) => ({ size: batchSize, length }));
  const left = count % batchSize;
  return left === 0 ? whole : [...whole, { size: left, length: lengths.at(-1)! }];
}
