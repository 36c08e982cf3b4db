/**
 * The loss scale after a step: halved when a gradient was NaN or infinite, so that the step was skipped; else unchanged.
 * The rule of the 2018 run_classifier script.
 */
export function nextLossScale(scale: number, finite: boolean): number {
  return finite ? scale : scale / 2;
}
