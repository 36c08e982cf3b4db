import { dropThreshold, SITE_STEPS, STEP } from "../dropout-mask.ts";
import type { Shape } from "../shape.ts";

/**
 * Functions that add nodes to an engine's graph. The nodes compute arithmetic on 32-bit unsigned integers, which wraps
 * around on overflow. The functions take and return names of values.
 */
export interface WordOps {
  constant(values: readonly number[], shape: Shape): string;
  add(x: string, y: string): string;
  mul(x: string, y: string): string;
  /** Adds a right shift by 16 bits. */
  high(x: string): string;
  reshape(x: string, shape: Shape): string;
}

/**
 * Adds nodes that compute the random bits of a dropout mask on the device from the run's key, bit for bit as
 * fillDropoutMask() does. Only the key is fed.
 *
 * @param key names of the two key words, each of shape `[]` or `[1]`
 * @param size number of elements of the mask
 * @returns name of a uint32 tensor `[groups, 2, 2]` with at least `size` elements. An element is dropped if its value
 * is less than {@link maskThreshold}.
 */
export function writeMaskBits(ops: WordOps, key: readonly [string, string], site: number, size: number): string {
  const uint32 = (values: readonly number[], shape: Shape = [1]) =>
    ops.constant(
      values.map((value) => value >>> 0),
      shape,
    );
  const { add, mul, high } = ops;
  const groups = Math.ceil(size / 4);

  // The words form a matrix, so that each counter is the sum of one element of each of two short constants.
  const [rows, columns] = factors(2 * groups);
  const [first, second] = key;
  const rowStarts = Array.from({ length: rows }, (_, row) => Math.imul(row * columns, STEP));
  const origin = add(first, uint32([Math.imul(site, SITE_STEPS[0])]));
  const starts = add(origin, uint32(rowStarts, [rows, 1]));
  const steps = Array.from({ length: columns }, (_, column) => Math.imul(column, STEP));
  const counters = add(starts, uint32(steps, [1, columns]));

  const spread = (x: string) => mul(x, add(add(x, x), uint32([1])));
  const once = spread(counters);
  const rotated = add(mul(once, uint32([1 << 16])), high(once));
  const twice = spread(add(rotated, add(second, uint32([Math.imul(site, SITE_STEPS[1])]))));
  const words = add(twice, high(twice));

  // Shift the low 15 bits of each half to the top: first for the low halves of a group's two words, then for the high
  // halves.
  return mul(ops.reshape(words, [groups, 1, 2]), uint32([1 << 17, 1 << 1], [2, 1]));
}

/** Returns the threshold of a dropout rate: an element is dropped if its bits are below the threshold. */
export function maskThreshold(rate: number): number {
  return (dropThreshold(rate) << 17) >>> 0;
}

/** Returns the two factors of a number that are closest to each other. */
function factors(n: number): [number, number] {
  let factor = Math.floor(Math.sqrt(n));
  while (n % factor !== 0) factor--;
  return [factor, n / factor];
}
