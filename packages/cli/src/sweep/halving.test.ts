import { describe, expect, it } from "vitest";
import { rungsOf } from "./halving.ts";

const budget = { option: "num-train-epochs", min: 0.5, max: 4, factor: 2, integer: false };

describe("rungsOf()", () => {
  it("raises the budget to the maximum, and keeps the best of every `factor` runs", () => {
    expect(rungsOf(9, budget)).toEqual([
      { budget: 0.5, runs: 9 },
      { budget: 1, runs: 5 },
      { budget: 2, runs: 3 },
      { budget: 4, runs: 2 },
    ]);
    expect(rungsOf(27, { ...budget, min: 10, max: 100, factor: 3, integer: true })).toEqual([
      { budget: 10, runs: 27 },
      { budget: 30, runs: 9 },
      { budget: 90, runs: 3 },
      { budget: 100, runs: 1 },
    ]);
  });
});
