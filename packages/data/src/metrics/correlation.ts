import { mean, sumOf } from "./sums.ts";

/**
 * Returns Pearson's correlation coefficient, from −1 to 1, or null if there are fewer than two pairs or if all values on one
 * side are the same.
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  if (x.length < 2 || isConstant(x) || isConstant(y)) return null;
  const [meanX, meanY] = [mean(x), mean(y)];
  const dx = (i: number) => x[i]! - meanX;
  const dy = (i: number) => y[i]! - meanY;
  const spreadX = Math.sqrt(sumOf(x.length, (i) => dx(i) ** 2));
  const spreadY = Math.sqrt(sumOf(y.length, (i) => dy(i) ** 2));
  const correlation = sumOf(x.length, (i) => (dx(i) / spreadX) * (dy(i) / spreadY));
  return Number.isNaN(correlation) ? null : Math.min(1, Math.max(-1, correlation));
}

/** Returns Spearman's rank correlation coefficient: Pearson's coefficient of the ranks, where equal values share their mean rank. */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number | null {
  return pearson(averageRanks(x), averageRanks(y));
}

/** Returns whether all values are the same. */
export function isConstant(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

/** Returns the ranks of values from 1. Equal values have the mean of their ranks. */
function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + end + 1) / 2;
  }
  return ranks;
}
