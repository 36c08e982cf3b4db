/** Number of losses that are averaged, at the start of the run and now. */
const WINDOW = 8;
/** Ratio of the newest mean loss to the first one from which on the run diverges. */
const RATIO = 1.5;
/** Rise of the mean loss that is too small to matter, for runs that start with a low loss. */
const SMALL = 0.2;

/**
 * Creates a check of the losses of a run. The returned function takes the loss of each step, and returns the mean loss of the first
 * and the last eight steps once the loss has risen by half and by 0.2, or is not a number.
 */
export function createDivergenceCheck(): (loss: number) => { readonly from: number; readonly to: number } | undefined {
  const first: number[] = [];
  const last: number[] = [];
  return (loss) => {
    if (first.length < WINDOW) first.push(loss);
    last.push(loss);
    if (last.length > WINDOW) last.shift();
    if (last.length < WINDOW) return undefined;
    const [from, to] = [mean(first), mean(last)];
    return to <= RATIO * from || to - from <= SMALL ? undefined : { from, to };
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
