import { describe, expect, it } from "vitest";
import { erf, erfc } from "./erf.ts";

/** Rows of x, erf(x) and erfc(x), computed by mpmath with 40 digits. */
const known: readonly (readonly [number, number, number])[] = [
  [1e-300, 1.1283791670955126e-300, 1.0],
  [1e-10, 1.1283791670955126e-10, 0.999999999887162],
  [0.1, 0.1124629160182849, 0.887537083981715],
  [0.5, 0.5204998778130465, 0.4795001221869535],
  [0.9375, 0.8151024010343998, 0.1848975989656002],
  [1, 0.8427007929497149, 0.15729920705028513],
  [1.25, 0.9229001282564583, 0.07709987174354177],
  [1.484375, 0.9642027751924157, 0.035797224807584335],
  [1.5, 0.9661051464753108, 0.033894853524689274],
  [2, 0.9953222650189527, 0.004677734981047266],
  [3, 0.9999779095030014, 2.209049699858544e-5],
  [4.5, 0.9999999998033839, 1.9661604415428876e-10],
  [5.875, 0.9999999999999999, 9.691555645277176e-17],
  [8, 1.0, 1.1224297172982926e-29],
  [20, 1.0, 5.395865611607901e-176],
  [26.5, 1.0, 2.2109076642637343e-307],
];

function relativeError(value: number, expected: number): number {
  return Math.abs(value / expected - 1);
}

describe("erf(), erfc()", () => {
  it.each(known)(
    "at ±%d are accurate to 1e-15, or to max(1e-14, 1e-15 x²) for erfc of positive x",
    (x, expected, complement) => {
      expect(relativeError(erf(x), expected)).toBeLessThan(1e-15);
      expect(erf(-x)).toBe(-erf(x));
      expect(relativeError(erfc(x), complement)).toBeLessThan(1e-15 * Math.max(10, x * x));
      expect(relativeError(erfc(-x), 2 - complement)).toBeLessThan(1e-15);
    },
  );

  it("return exact values at zero and infinity, and NaN at NaN", () => {
    expect([erf(0), erf(Number.POSITIVE_INFINITY), erf(Number.NEGATIVE_INFINITY), erf(Number.NaN)]).toEqual([
      0,
      1,
      -1,
      Number.NaN,
    ]);
    expect([erfc(0), erfc(Number.POSITIVE_INFINITY), erfc(Number.NEGATIVE_INFINITY)]).toEqual([1, 0, 2]);
  });

  it("are continuous where the method changes", () => {
    const below = 1.5 - 2 ** -52;
    expect(relativeError(erf(below), erf(1.5))).toBeLessThan(5e-16);
    expect(relativeError(erfc(below), erfc(1.5))).toBeLessThan(1e-14);
  });
});
