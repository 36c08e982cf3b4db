/** Minimum loss scale, at which the loss is unchanged. */
const FLOOR = 1;

/** Minimum number of consecutive skipped steps after which training fails at the minimum loss scale. */
export const MAX_CONSECUTIVE_SKIPS = 16;

/**
 * Returns the loss scale for the next step: half of the current one if the step was skipped because a gradient was NaN
 * or infinite, and the current one otherwise.
 *
 * This is the rule of the 2018 run_classifier.py script (pytorch-pretrained-bert 0.6.2), plus a minimum of 1, which the
 * script lacks. A scale that starts below 1 does not change.
 *
 * @example
 * ```ts
 * import { nextLossScale } from "@bertie/optim";
 *
 * console.log(nextLossScale(128, false), nextLossScale(128, true), nextLossScale(1, false)); // 64 128 1
 * ```
 */
export function nextLossScale(scale: number, finite: boolean): number {
  return finite || isAtFloor(scale) ? scale : Math.max(scale / 2, FLOOR);
}

/**
 * Returns whether the loss scale is at its minimum, 1, or below.
 *
 * @example
 * ```ts
 * import { isAtFloor } from "@bertie/optim";
 *
 * console.log(isAtFloor(1), isAtFloor(128)); // true false
 * ```
 */
export function isAtFloor(scale: number): boolean {
  return scale <= FLOOR;
}
