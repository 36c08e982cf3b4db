import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { createBinomial } from "./binomial.ts";
import { intervalsOfCounts, intervalsOfRows } from "./bootstrap.ts";

describe("createBinomial()", () => {
  it.each([
    [1, 0.3],
    [5, 0.5],
    [12, 0.02],
    [40, 0.9],
  ])("maps equal parts of [0, 1) to the numbers of successes by their probabilities, %s trials of %s", (trials, p) => {
    const binomial = createBinomial(40);
    const draws = 20_000;
    const counts = new Array<number>(trials + 1).fill(0);
    for (let i = 0; i < draws; i++) counts[binomial(trials, p, (i + 0.5) / draws)]!++;
    let choices = 1;
    for (const [successes, count] of counts.entries()) {
      const probability = choices * p ** successes * (1 - p) ** (trials - successes);
      expect(Math.abs(count / draws - probability)).toBeLessThan(1.5 / draws);
      choices *= (trials - successes) / (successes + 1);
    }
  });

  it("returns 0 or all trials if the probability is 0 or 1, and never more than all trials", () => {
    const binomial = createBinomial(1000);
    expect([binomial(7, 0, 0.5), binomial(7, 1, 0.5), binomial(0, 0.5, 0.5)]).toEqual([0, 7, 0]);
    for (const uniform of [0, 1 - 2 ** -53]) {
      const successes = binomial(1000, 0.25, uniform);
      expect(successes).toBeGreaterThanOrEqual(0);
      expect(successes).toBeLessThanOrEqual(1000);
    }
  });
});

describe("intervalsOfCounts()", () => {
  it("contains the metric, and is the same for the same seed", () => {
    const share = (counts: Float64Array) => ({ share: counts[0]! / (counts[0]! + counts[1]!) });
    const { share: interval } = intervalsOfCounts([80, 20], 1, share);
    // The standard error is √(0.8 · 0.2 / 100) = 0.04.
    expect(interval![0]).toBeCloseTo(0.8 - 1.96 * 0.04, 1);
    expect(interval![1]).toBeCloseTo(0.8 + 1.96 * 0.04, 1);
    expect(intervalsOfCounts([80, 20], 1, share).share).toEqual(interval);
    expect(intervalsOfCounts([80, 20], 2, share).share).not.toEqual(interval);
  });

  it("draws the counts of resampled rows", () => {
    const counts = [50, 30, 15, 5];
    const kinds = counts.flatMap((count, kind) => new Array<number>(count).fill(kind));
    const metrics = (resample: ArrayLike<number>) => ({ ratio: (resample[0]! - resample[2]!) / (resample[1]! + 1) });
    const fast = intervalsOfCounts(counts, 1, metrics).ratio!;
    const slow = intervalsOfRows(100, 2, (rows) => {
      const resample = [0, 0, 0, 0];
      for (const row of rows) resample[kinds[row]!]!++;
      return metrics(resample);
    }).ratio!;
    expect(Math.abs(fast[0] - slow[0])).toBeLessThan(0.1);
    expect(Math.abs(fast[1] - slow[1])).toBeLessThan(0.2);
  });

  it("ignores resamples without a value, and is null if none has a value", () => {
    const random = new Random(3, "test");
    const { some, none } = intervalsOfCounts([1, 1], 1, () => ({ some: random.nextInt(2) || null, none: null }));
    expect([some, none]).toEqual([[1, 1], null]);
  });
});
