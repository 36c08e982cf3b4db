/** The loss scale shrinks no further than this, at which it scales nothing. */
const FLOOR = 1;

/** So many steps in a row that are skipped at the floor are no accident any more. */
export const MOST_SKIPPED = 16;

/**
 * The loss scale after a step: halved when a gradient was NaN or infinite, so that the step was skipped; else unchanged.
 * The rule of the 2018 run_classifier script, with a floor, which it lacks: 1, or where the run began if that is lower.
 */
export function nextLossScale(scale: number, finite: boolean): number {
  return finite || isAtFloor(scale) ? scale : Math.max(scale / 2, FLOOR);
}

export function isAtFloor(scale: number): boolean {
  return scale <= FLOOR;
}
