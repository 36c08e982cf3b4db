import { describe, expect, it } from "vitest";
import { bestThreshold } from "./best-threshold.ts";
import { countByThreshold } from "./ranking.ts";

const best = (scores: readonly number[], positives: readonly number[]) =>
  bestThreshold(countByThreshold(scores, (row) => positives.includes(row)));

describe("bestThreshold()", () => {
  it("returns the midpoint between the scores that it separates", () => {
    expect(best([0.1, 0.2, 0.3, 0.35], [2, 3])).toEqual({ threshold: 0.25, f1: 1 });
    expect(best([0.9, 0.8, 0.6], [0])).toEqual({ threshold: expect.closeTo(0.85, 12), f1: 1 });
  });

  it("returns 0.5 if no threshold is better, and for a label that never occurs", () => {
    expect(best([0.9, 0.2], [0])).toEqual({ threshold: 0.5, f1: 1 });
    expect(best([0.9, 0.2], [])).toEqual({ threshold: 0.5, f1: 0 });
  });

  it("keeps a score that has no midpoint with the next score on its side", () => {
    const score = 0.25 + Number.EPSILON / 4;
    expect(best([score, 0.25], [0])).toEqual({ threshold: score, f1: 1 });
  });
});
