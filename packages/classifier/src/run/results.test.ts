import { describe, expect, it } from "vitest";
import { formatResults, resultsOf, scoreSet } from "./results.ts";

const evaluation = {
  examples: 4,
  loss: 0.5,
  accuracy: 0.75,
  labels: Int32Array.of(0, 1, 1, 1),
  predictions: Int32Array.of(0, 1, 1, 0),
  logits: Float32Array.of(1, 0, 0, 1, 0, 1, 1, 0),
  rows: Int32Array.of(0, 1, 2, 3),
};

describe("scoreSet()", () => {
  it.each([
    ["mrpc", "f1", 0.8],
    ["cola", "matthews_correlation", 2 / Math.sqrt(12)],
    ["news", "macro_f1", (0.8 + 2 / 3) / 2],
    [undefined, "macro_f1", (0.8 + 2 / 3) / 2],
  ])("computes the metric of task %s: %s", (task, key, value) => {
    const { scores } = scoreSet("dev", task, evaluation, 2);
    expect(Object.keys(scores)).toEqual(["accuracy", "loss", key]);
    expect(scores[key]).toBeCloseTo(value, 12);
  });
});

describe("resultsOf()", () => {
  it("sorts keys, and adds a prefix to the keys of the mismatched set", () => {
    const sets = ["dev", "dev_mismatched"].map((name) => scoreSet(name, "mnli", evaluation, 2));
    expect(Object.keys(resultsOf(sets, 7, 0.25))).toEqual([
      "eval_accuracy",
      "eval_loss",
      "eval_macro_f1",
      "eval_mismatched_accuracy",
      "eval_mismatched_loss",
      "eval_mismatched_macro_f1",
      "global_step",
      "loss",
    ]);
  });

  it("omits the training loss without training", () => {
    expect(resultsOf([], 0, undefined)).toEqual({ global_step: 0 });
  });
});

describe("formatResults()", () => {
  it("writes key = value", () => {
    expect(formatResults({ eval_loss: 0.5, global_step: 3 })).toEqual(["eval_loss = 0.5", "global_step = 3"]);
  });
});
