/** Returns the error function, 2/√π ∫₀ˣ e^(−t²) dt, accurate to a few units in the last place. */
export function erf(x: number): number {
  if (x >= 1.5) return 1 - tail(x);
  if (x <= -1.5) return tail(-x) - 1;
  return series(x);
}

/** Returns the complementary error function, 1 − erf(x), without cancellation where erf(x) is close to 1. */
export function erfc(x: number): number {
  if (x >= 1.5) return tail(x);
  if (x <= -1.5) return 2 - tail(-x);
  return 1 - series(x);
}

/**
 * Returns erf(x) for |x| < 1.5 by the series 7.1.6 of Abramowitz and Stegun (1964), whose terms all have the same sign.
 */
function series(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n <= 28; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

/**
 * Returns erfc(x) for x ≥ 1.5 by the continued fraction 7.1.14 of Abramowitz and Stegun (1964), evaluated backward. The
 * number of terms increases as x decreases.
 */
function tail(x: number): number {
  let denominator = x;
  for (let n = Math.ceil(12 + 160 / (x * x)); n > 0; n--) denominator = x + n / 2 / denominator;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / denominator;
}
