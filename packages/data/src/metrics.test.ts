import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { confusionMatrix, f1, macroF1, matthewsCorrelation } from "./metrics.ts";

const labels = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0];
const predictions = [1, 1, 1, 0, 1, 1, 0, 0, 0, 0];
const matrix = confusionMatrix(labels, predictions, 2);

describe("confusionMatrix()", () => {
  it("has one row per true label and one column per predicted label", () => {
    expect(matrix).toEqual([
      [4, 2],
      [1, 3],
    ]);
  });
});

// The expected values follow scikit-learn's formulas, calculated by hand.
describe("f1()", () => {
  it("is the harmonic mean of precision and recall", () => {
    const [precision, recall] = [3 / 5, 3 / 4];
    expect(f1(matrix, 1)).toBeCloseTo((2 * precision * recall) / (precision + recall), 12);
  });

  it("is 0 for a label that is never predicted correctly or never occurs", () => {
    expect(f1(confusionMatrix([0, 1], [1, 0], 3), 0)).toBe(0);
    expect(f1(confusionMatrix([0, 1], [1, 0], 3), 2)).toBe(0);
  });
});

describe("macroF1()", () => {
  it("is the mean F1 score of the labels", () => {
    expect(macroF1(matrix)).toBeCloseTo((8 / 11 + 6 / 9) / 2, 12);
  });

  it("ignores labels that neither occur nor are predicted", () => {
    expect(macroF1(confusionMatrix([0, 0, 2], [0, 0, 2], 4))).toBe(1);
    expect(macroF1(confusionMatrix([], [], 2))).toBe(0);
  });
});

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
