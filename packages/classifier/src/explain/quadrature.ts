/** Where to evaluate a function on [0, 1], and the weights by which the sum of its values approximates its integral. */
export interface Quadrature {
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
}

/** Returns the Gauss-Legendre rule with `count` nodes: exact for polynomials up to degree 2 · count − 1. */
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

/** The Legendre polynomial of a degree of at least 1, by its three-term recurrence, and its derivative. */
function legendre(degree: number, x: number): { value: number; slope: number } {
  let [previous, value] = [1, x];
  for (let n = 2; n <= degree; n++) [previous, value] = [value, ((2 * n - 1) * x * value - (n - 1) * previous) / n];
  return { value, slope: (degree * (x * value - previous)) / (x * x - 1) };
}
