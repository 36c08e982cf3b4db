import { describe, expect, it } from "vitest";
import { plotSvg } from "./plot.ts";
import { metricIn, objectiveOf, rank, resultBars, resultTable } from "./results.ts";
import { createTrial, type TrialResult } from "./trial.ts";

const result = (number: number, value: number | undefined): TrialResult => ({
  ...createTrial(number, { "learning-rate": Number(`${number}e-5`) }),
  ...{ status: value === undefined ? "failed" : "finished", value, results: {}, seconds: 61, error: undefined },
});
const results = [result(1, 0.5), result(2, undefined), result(3, 0.75), result(4, 0.5)];
const objective = { metric: "accuracy", goal: "maximize" } as const;

describe("metricIn()", () => {
  it("prefers the evaluation over the training loss, and ignores values that are not finite", () => {
    expect(metricIn({ loss: 1, eval_loss: 2 }, "loss")).toBe(2);
    expect(metricIn({ eval_loss: 2 }, "eval_loss")).toBe(2);
    expect(metricIn({ eval_loss: Number.NaN }, "loss")).toBeUndefined();
    expect(metricIn({}, "loss")).toBeUndefined();
  });
});

describe("objectiveOf()", () => {
  it.each(["loss", "eval_loss", "log_loss", "hamming_loss", "eval_brier_score", "mse", "eval_rmse", "mae"])(
    "minimizes %s",
    (metric) => {
      expect(objectiveOf({ metric, goal: undefined }).goal).toBe("minimize");
    },
  );

  it("maximizes other metrics, and follows the goal that is set", () => {
    for (const metric of ["accuracy", "eval_f1_macro", "r2", "pearson"])
      expect(objectiveOf({ metric, goal: undefined }).goal).toBe("maximize");
    expect(objectiveOf({ metric: "mae", goal: "maximize" }).goal).toBe("maximize");
  });
});

describe("rank()", () => {
  it("sorts by the goal, and keeps the order of equal results", () => {
    expect(rank(results, "maximize").map(({ number }) => number)).toEqual([3, 1, 4]);
    expect(rank(results, "minimize").map(({ number }) => number)).toEqual([1, 4, 3]);
  });
});

describe("resultTable()", () => {
  it("lists the best run first and failed runs last", () => {
    expect(resultTable(results, objective)).toEqual([
      "run        learning-rate  accuracy  time",
      "trial-003  3e-5           0.7500    1:01",
      "trial-001  1e-5           0.5000    1:01",
      "trial-004  4e-5           0.5000    1:01",
      "trial-002  2e-5           failed    1:01",
    ]);
  });
});

describe("resultBars()", () => {
  it("draws longer bars for better runs, in the given width", () => {
    const bars = resultBars(results, objective, 40);
    expect(bars[0]).toMatch(/^trial-003 {2}0\.7500 █+$/);
    expect(bars[1]).toBe("trial-001  0.5000 █");
    expect(Math.max(...bars.map((line) => line.length))).toBeLessThan(40);
  });
});

describe("plotSvg()", () => {
  it("draws one panel per option and one point per finished run", () => {
    const space = new Map([["learning-rate", { min: 1e-5, max: 1e-3, scale: "log", integer: false } as const]]);
    const svg = plotSvg(results, space, { metric: "a<b", goal: "maximize" });
    expect(svg.match(/<circle /g)).toHaveLength(3);
    expect(svg).toContain("a&#60;b");
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(plotSvg([], space, objective)).not.toMatch(/NaN|Infinity/);
  });
});
