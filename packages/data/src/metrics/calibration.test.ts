import { describe, expect, it } from "vitest";
import { calibrationErrors, reliabilityBins } from "./calibration.ts";

describe("reliabilityBins()", () => {
  it("puts a confidence on the bound of two bins into the lower bin", () => {
    const bounds = [0, 0.1, 0.2, 0.1 * 3, 0.4, 0.5, 0.1 * 6, 0.1 * 7, 0.8, 0.9, 1];
    const bins = reliabilityBins(bounds, () => true);
    expect(bins.map(({ count }) => count)).toEqual([2, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    const above = bounds.slice(1, -1).map((bound) => bound + Number.EPSILON);
    expect(reliabilityBins(above, () => true).map(({ count }) => count)).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it("returns mean confidence and accuracy, or null for an empty bin", () => {
    const bins = reliabilityBins([0.75, 0.77, 0.25], (i) => i === 1);
    expect(bins[7]).toEqual({ lower: 0.1 * 7, upper: 0.8, count: 2, confidence: 0.76, accuracy: 0.5 });
    expect(bins[0]).toEqual({ lower: 0, upper: 0.1, count: 0, confidence: null, accuracy: null });
  });
});

describe("calibrationErrors()", () => {
  it("weights the gaps of the bins by their counts, and returns the largest", () => {
    const { expected, maximum } = calibrationErrors(reliabilityBins([0.75, 0.77, 0.25], (i) => i === 1));
    expect(expected).toBeCloseTo((0.26 * 2 + 0.25) / 3, 12);
    expect(maximum).toBeCloseTo(0.26, 12);
  });
});
