import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findSuspects } from "./find-suspects.ts";

describe("findSuspects()", () => {
  it("ranks rows by the margin between the suggested label and the label", () => {
    const labels = [0, 0, 0, 1, 1, 1];
    const positive = [0.2, 0.8, 0.95, 0.9, 0.8, 0.1];
    const probabilities = positive.flatMap((p) => [1 - p, p]);
    const suspects = findSuspects({ labels, probabilities, share: 1 });
    expect(suspects.map(({ row, suggested }) => [row, suggested])).toEqual([
      [5, 0],
      [2, 1],
      [1, 1],
    ]);
    expect(suspects[0]?.confidence).toBeCloseTo(0.9, 12);
    expect(findSuspects({ labels, probabilities, share: 0.3 })).toEqual(suspects.slice(0, 2));
  });

  it("accounts for a model that is less sure of one class", () => {
    // The model gives rows of class 1 only 0.4. The last row, with 0.1, looks like class 0; the others do not.
    const labels = [0, 0, 0, 1, 1, 1, 1];
    const positive = [0.1, 0.1, 0.1, 0.45, 0.45, 0.45, 0.1];
    const probabilities = positive.flatMap((p) => [1 - p, p]);
    expect(findSuspects({ labels, probabilities, share: 1 }).map(({ row }) => row)).toEqual([6]);
  });

  it("skips rows without probabilities, and classes without rows", () => {
    const probabilities = [Number.NaN, Number.NaN, Number.NaN, 0.1, 0.1, 0.8, 0.8, 0.1, 0.1];
    expect(findSuspects({ labels: [0, 1, 0], probabilities, share: 1 })).toEqual([]);
    expect(findSuspects({ labels: [], probabilities: [] })).toEqual([]);
  });

  it("finds most of the flipped labels of a good model", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), fc.infiniteStream(fc.nat(1000)), (classes, stream) => {
        const next = () => stream.next().value as number;
        const rows = 200;
        const truth = Array.from({ length: rows }, (_, row) => row % classes);
        const labels = truth.map((label, row) => (row < 10 ? (label + 1) % classes : label));
        const probabilities = truth.flatMap((label) => {
          const scores = Array.from({ length: classes }, (_, id) => (id === label ? 2000 : 0) + next());
          const total = scores.reduce((sum, score) => sum + score, 0);
          return scores.map((score) => score / total);
        });
        const found = findSuspects({ labels, probabilities });
        expect(found.length).toBeLessThanOrEqual(20);
        expect(found.filter(({ row }) => row < 10).length).toBe(10);
        expect(found.every(({ row, suggested }) => row >= 10 || suggested === truth[row])).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});
