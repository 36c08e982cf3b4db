import { dropThreshold, SITE_STEPS, STEP } from "../dropout-mask.ts";
import type { Shape } from "../shape.ts";

/** How an engine writes arithmetic of 32-bit unsigned integers, which wraps around, into its graph; a value is its name. */
export interface WordOps {
  constant(values: readonly number[], shape: Shape): string;
  add(x: string, y: string): string;
  mul(x: string, y: string): string;
  /** The upper 16 bits, as the lower ones. */
  high(x: string): string;
  reshape(x: string, shape: Shape): string;
}

/**
 * Writes what decides a dropout mask as nodes that compute it on the device, from the run's key, bit for bit as
 * `fillDropoutMask()` does: nothing of a mask's size is fed.
 *
 * @param key the two words, each of shape [] or [1]
 * @returns uint32 [groups, 2, 2], of which the first `size` are the mask's: 0 where less than {@link maskThreshold}
 */
export function writeMaskBits(ops: WordOps, key: readonly [string, string], site: number, size: number): string {
  const uint32 = (values: readonly number[], shape: Shape = [1]) =>
    ops.constant(
      values.map((value) => value >>> 0),
      shape,
    );
  const { add, mul, high } = ops;
  const groups = Math.ceil(size / 4);

  // Word i is row i / columns, column i % columns: its counter is a sum of two short constants.
  const [rows, columns] = factors(2 * groups);
  const [first, second] = key;
  const rowStarts = Array.from({ length: rows }, (_, row) => Math.imul(row * columns, STEP));
  const ofSite = add(first, uint32([Math.imul(site, SITE_STEPS[0])]));
  const starts = add(ofSite, uint32(rowStarts, [rows, 1]));
  const steps = Array.from({ length: columns }, (_, column) => Math.imul(column, STEP));
  const counters = add(starts, uint32(steps, [1, columns]));

  const spread = (x: string) => mul(x, add(add(x, x), uint32([1])));
  const once = spread(counters);
  const rotated = add(mul(once, uint32([1 << 16])), high(once));
  const twice = spread(add(rotated, add(second, uint32([Math.imul(site, SITE_STEPS[1])]))));
  const words = add(twice, high(twice));

  // The 15 bits that decide, moved to the top: of the low halves of a group's two words, then of the high ones.
  return mul(ops.reshape(words, [groups, 1, 2]), uint32([1 << 17, 1 << 1], [2, 1]));
}

/** Elements are dropped whose bits are less than this. */
export function maskThreshold(rate: number): number {
  return (dropThreshold(rate) << 17) >>> 0;
}

/** Two factors of a number that are as near to each other as can be. */
function factors(n: number): [number, number] {
  let factor = Math.floor(Math.sqrt(n));
  while (n % factor !== 0) factor--;
  return [factor, n / factor];
}
