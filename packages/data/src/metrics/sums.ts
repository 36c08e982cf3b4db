/**
 * Returns the sum of `count` numbers with compensated summation (Neumaier, 1974), so that the result does not depend on
 * their order in practice.
 */
export function sumOf(count: number, valueAt: (index: number) => number): number {
  let sum = 0;
  let compensation = 0;
  for (let i = 0; i < count; i++) {
    const value = valueAt(i);
    const next = sum + value;
    compensation += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + compensation;
}

/** Returns the mean of `count` numbers; NaN if there are none. */
export function meanOf(count: number, valueAt: (index: number) => number): number {
  return sumOf(count, valueAt) / count;
}

/** Returns the mean of numbers; NaN if there are none. */
export function mean(values: ArrayLike<number>): number {
  return meanOf(values.length, (i) => values[i]!);
}

/** Returns the mean of numbers, or null if one of them is null or there are none. */
export function meanIfDefined(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length < values.length || values.length === 0 ? null : mean(defined);
}
