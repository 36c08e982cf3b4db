import { describe, expect, it } from "vitest";
import { withThreshold } from "./threshold.ts";

const data = {
  taskName: undefined,
  pairs: false,
  labels: ["a", "b"],
  train: undefined,
  evaluations: [],
  predict: undefined,
};
const multi = { ...data, problemType: "multi_label_classification" as const };

describe("withThreshold()", () => {
  it("sets the threshold of the run, or the threshold of the model", () => {
    expect(withThreshold(multi, { threshold: 0.3 }, 0.7).thresholds).toBe(0.3);
    expect(withThreshold(multi, {}, 0.7).thresholds).toBe(0.7);
    expect(withThreshold(multi, {}, undefined)).toBe(multi);
  });

  it("rejects other problems, and numbers that are not probabilities", () => {
    const code = { code: "options/problem-type" };
    expect(() => withThreshold(data, { threshold: 0.3 }, undefined)).toThrow(expect.objectContaining(code));
    for (const threshold of [-0.1, 1.1, Number.NaN])
      expect(() => withThreshold(multi, { threshold }, undefined)).toThrow(
        expect.objectContaining({ code: "options/range" }),
      );
  });
});
