/** Budget of successive halving: an option of which all runs first get a little, and the best ones get more. */
export interface Budget {
  /** Name of the option in kebab-case, such as `num-train-epochs`. */
  readonly option: string;
  readonly min: number;
  readonly max: number;
  /** Factor by which the budget grows and the number of runs shrinks. */
  readonly factor: number;
  readonly integer: boolean;
}

/** A round of successive halving. */
export interface Rung {
  readonly budget: number;
  /** Number of runs. */
  readonly runs: number;
}

/**
 * Returns the rounds of successive halving (Jamieson and Talwalkar, 2016): the budget grows from `min` to `max`, and of
 * every `factor` runs the best one stays.
 */
export function rungsOf(runs: number, { min, max, factor, integer }: Budget): Rung[] {
  const rungs: Rung[] = [];
  for (let budget = min, left = runs; ; budget *= factor, left = Math.ceil(left / factor)) {
    const isLast = budget * (1 + 1e-9) >= max;
    const rounded = integer ? Math.round(budget) : Number(budget.toPrecision(12));
    rungs.push({ budget: isLast ? max : rounded, runs: left });
    if (isLast) return rungs;
  }
}
