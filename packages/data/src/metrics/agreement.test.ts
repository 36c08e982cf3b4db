import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matthewsCorrelation } from "./agreement.ts";
import { confusionMatrix } from "./confusion-matrix.ts";

const matrix = [
  [4, 2],
  [1, 3],
];

describe("matthewsCorrelation()", () => {
  it("is (tp·tn − fp·fn) / √((tp+fp)(tp+fn)(tn+fp)(tn+fn)) for two labels", () => {
    expect(matthewsCorrelation(matrix)).toBeCloseTo((3 * 4 - 2 * 1) / Math.sqrt(5 * 4 * 6 * 5), 12);
  });

  it("is 0 if all predictions are the same", () => {
    expect(matthewsCorrelation(confusionMatrix([0, 1, 1], [1, 1, 1], 2))).toBe(0);
  });

  it("is 1 for perfect predictions of any number of labels, and always in [-1, 1]", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 2, maxLength: 40 }), fc.nat(3), (ids, shift) => {
        const shifted = ids.map((id) => (id * 7 + shift) % 4);
        const value = matthewsCorrelation(confusionMatrix(ids, shifted, 4));
        expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-12);
        if (new Set(ids).size > 1) expect(matthewsCorrelation(confusionMatrix(ids, ids, 4))).toBeCloseTo(1, 12);
      }),
    );
  });
});
