import { describe, expect, it } from "vitest";
import { confusionMatrix } from "./confusion-matrix.ts";
import { f1, macroF1 } from "./f1.ts";

const matrix = [
  [4, 2],
  [1, 3],
];

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
