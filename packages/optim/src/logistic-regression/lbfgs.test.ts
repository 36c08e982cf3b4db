import { describe, expect, it } from "vitest";
import { minimize } from "./lbfgs.ts";

describe("minimize()", () => {
  it("finds the minimum of an ill-conditioned quadratic function", () => {
    const curvatures = [1, 100, 10_000];
    const result = minimize(
      (x, gradient) => {
        for (const [i, curvature] of curvatures.entries()) gradient[i] = curvature * (x[i]! - i);
        return curvatures.reduce((sum, curvature, i) => sum + (curvature * (x[i]! - i) ** 2) / 2, 0);
      },
      Float64Array.of(5, 5, 5),
      { tolerance: 1e-9 },
    );
    expect(result.converged).toBe(true);
    for (const [i, value] of result.x.entries()) expect(value).toBeCloseTo(i, 8);
  });

  it("follows the curved valley of Rosenbrock's function", () => {
    const { x, iterations } = minimize(
      ([a = 0, b = 0], gradient) => {
        gradient[0] = -2 * (1 - a) - 400 * a * (b - a * a);
        gradient[1] = 200 * (b - a * a);
        return (1 - a) ** 2 + 100 * (b - a * a) ** 2;
      },
      Float64Array.of(-1.2, 1),
      { tolerance: 1e-8 },
    );
    expect(x[0]).toBeCloseTo(1, 6);
    expect(x[1]).toBeCloseTo(1, 6);
    expect(iterations).toBeLessThan(80);
  });

  it("stops after the maximum number of iterations, and does not change the start", () => {
    const start = Float64Array.of(10);
    const slow = minimize(
      (x, gradient) => {
        gradient[0] = 4 * x[0]! ** 3;
        return x[0]! ** 4;
      },
      start,
      { maxIterations: 2 },
    );
    expect(slow).toMatchObject({ iterations: 2, converged: false });
    expect(start).toEqual(Float64Array.of(10));
  });
});
