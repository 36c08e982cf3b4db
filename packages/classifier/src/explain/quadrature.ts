/**
 * Nodes in [0, 1] and weights such that the weighted sum of a function's values at the nodes approximates its integral.
 */
export interface Quadrature {
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
}

/**
 * Returns the Gauss-Legendre quadrature rule with `count` nodes, which is exact for polynomials up to degree 2 · count
 * − 1.
 */
export function gaussLegendre(count: number): Quadrature {
  const nodes: number[] = [];
  const weights: number[] = [];
  for (let i = count; i >= 1; i--) {
    // Newton's method from Tricomi's approximation of the roots of the Legendre polynomial on [−1, 1].
    let x = Math.cos((Math.PI * (i - 0.25)) / (count + 0.5));
    for (let iteration = 0; iteration < 10; iteration++) {
      const { value, slope } = legendre(count, x);
      x -= value / slope;
    }
    nodes.push((x + 1) / 2);
    weights.push(1 / ((1 - x * x) * legendre(count, x).slope ** 2));
  }
  return { nodes, weights };
}

/** Returns the value and the derivative of a Legendre polynomial, degree ≥ 1, by the three-term recurrence. */
function legendre(degree: number, x: number): { value: number; slope: number } {
  let [previous, value] = [1, x];
  for (let n = 2; n <= degree; n++) [previous, value] = [value, ((2 * n - 1) * x * value - (n - 1) * previous) / n];
  return { value, slope: (degree * (x * value - previous)) / (x * x - 1) };
}
