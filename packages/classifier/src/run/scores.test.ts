import { describe, expect, it } from "vitest";
import { bestOf, evaluationsSinceBest } from "./scores.ts";

const scores = [0.5, 0.7, 0.7, 0.6, 0.4].map((value, i) => ({ step: i * 10, value }));

describe("bestOf()", () => {
  it("returns the first of the highest scores or of the lowest losses", () => {
    expect(bestOf(scores, "accuracy")).toEqual({ step: 10, value: 0.7 });
    expect(bestOf(scores, "loss")).toEqual({ step: 40, value: 0.4 });
    expect(bestOf([], "loss")).toBeUndefined();
  });
});

describe("evaluationsSinceBest()", () => {
  it("counts the evaluations after the best one", () => {
    expect(evaluationsSinceBest(scores, "f1")).toBe(3);
    expect(evaluationsSinceBest(scores, "loss")).toBe(0);
    expect(evaluationsSinceBest([], "f1")).toBe(0);
  });
});
