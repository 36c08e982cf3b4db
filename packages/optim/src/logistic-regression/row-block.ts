/**
 * Number of rows that are processed together. Four rows share each load of a weight and of a gradient component, which
 * takes a quarter of the time of one row after the other.
 */
export const BLOCK = 4;

/** Four rows of features. */
export interface RowBlock {
  /** Selects the rows at `at` to `at + 3`. After the end, the last row is repeated. */
  select(rows: ArrayLike<number>, at: number): void;
  /** Writes the inner products of the rows and `weights[offset…]` to `out[at…]`. */
  dot(weights: Float64Array, offset: number, out: Float64Array, at: number): void;
  /** Adds the rows, multiplied by `factors[at…]`, to `target[offset…]`. */
  addTo(target: Float64Array, offset: number, factors: Float64Array, at: number): void;
}

/** Creates a block of rows of `features`, `[rows, columns]`, row-major. */
export function createRowBlock(features: Float32Array, columns: number): RowBlock {
  let [a, b, c, d] = [0, 0, 0, 0];
  return {
    select(rows, at) {
      const last = rows.length - 1;
      a = rows[at]! * columns;
      b = rows[Math.min(at + 1, last)]! * columns;
      c = rows[Math.min(at + 2, last)]! * columns;
      d = rows[Math.min(at + 3, last)]! * columns;
    },
    dot: (weights, offset, out, at) => dot(features, a, b, c, d, columns, weights, offset, out, at),
    addTo: (target, offset, factors, at) => add(features, a, b, c, d, columns, target, offset, factors, at),
  };
}

function dot(
  features: Float32Array,
  a: number,
  b: number,
  c: number,
  d: number,
  columns: number,
  weights: Float64Array,
  offset: number,
  out: Float64Array,
  at: number,
): void {
  let [sumA, sumB, sumC, sumD] = [0, 0, 0, 0];
  for (let j = 0; j < columns; j++) {
    const weight = weights[offset + j]!;
    sumA += features[a + j]! * weight;
    sumB += features[b + j]! * weight;
    sumC += features[c + j]! * weight;
    sumD += features[d + j]! * weight;
  }
  out[at] = sumA;
  out[at + 1] = sumB;
  out[at + 2] = sumC;
  out[at + 3] = sumD;
}

function add(
  features: Float32Array,
  a: number,
  b: number,
  c: number,
  d: number,
  columns: number,
  target: Float64Array,
  offset: number,
  factors: Float64Array,
  at: number,
): void {
  const factorA = factors[at]!;
  const factorB = factors[at + 1]!;
  const factorC = factors[at + 2]!;
  const factorD = factors[at + 3]!;
  for (let j = 0; j < columns; j++)
    target[offset + j]! +=
      factorA * features[a + j]! + factorB * features[b + j]! + factorC * features[c + j]! + factorD * features[d + j]!;
}
