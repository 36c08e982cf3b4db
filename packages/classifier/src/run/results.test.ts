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
    const { scores } = scoreSet({ name: "dev" }, { taskName: task, labels: ["0", "1"] }, evaluation, 42);
    expect(Object.keys(scores).slice(0, 4)).toEqual(["accuracy", "loss", key, "balanced_accuracy"]);
    expect(scores[key]).toBeCloseTo(value, 12);
  });
});

/** Rows of a multi-label problem and of a regression problem, in the order of the batches. */
const twoLabels = {
  ...{ examples: 2, loss: 0.5, accuracy: 0.5, labels: Int32Array.of(-1, -1), rows: Int32Array.of(1, 0) },
  predictions: Int32Array.of(1, 0, 0, 1),
  targets: Float32Array.of(1, 1, 0, 1),
  logits: Float32Array.of(2, -1, -3, 4),
};
const values = {
  ...{ examples: 3, loss: 0.5, accuracy: Number.NaN, predictions: Int32Array.of(), rows: Int32Array.of(2, 0, 1) },
  labels: Int32Array.of(-1, -1, -1),
  targets: Float32Array.of(4.2, 1, 2.5),
  logits: Float32Array.of(4, 1.5, 2),
};

describe("scoreSet() in other problems", () => {
  it("computes multi-label metrics with the thresholds, and yields the rows in order", () => {
    const data = { taskName: undefined, problemType: "multi_label_classification", labels: ["a", "b"] } as const;
    const { scores, metrics, rows } = scoreSet({ name: "dev" }, data, twoLabels, 42);
    expect(scores).toMatchObject({ accuracy: 0.5, subset_accuracy: 0.5, f1_micro: 0.8 });
    expect(metrics.problem_type).toBe("multi_label_classification");
    expect([...rows()].map(({ truth, prediction }) => [truth, "labels" in prediction && prediction.labels])).toEqual([
      [["b"], ["b"]],
      [["a", "b"], ["a"]],
    ]);
    const withThresholds = scoreSet({ name: "dev" }, { ...data, thresholds: [0.5, 0.25] }, twoLabels, 42);
    expect(withThresholds.scores.subset_accuracy).toBe(1);
  });

  it("computes regression metrics from the values of the examples, which are more precise than float32", () => {
    const data = { taskName: "sts-b", problemType: "regression", labels: ["score"] } as const;
    const examples = [1, 2.5, 4.2].map((value, i) => ({ guid: `dev-${i}`, textA: "a", value }));
    const { scores, rows } = scoreSet({ name: "dev", examples }, data, values, 42);
    expect(scores.accuracy).toBeUndefined();
    expect(scores.spearman).toBeCloseTo(1, 12);
    expect(scores.mse).toBeCloseTo((0.25 + 0.25 + (4.2 - 4) ** 2) / 3, 14);
    expect([...rows()].map(({ truth, prediction }) => [truth, "value" in prediction && prediction.value])).toEqual([
      [1, 1.5],
      [2.5, 2],
      [4.2, 4],
    ]);
  });
});

describe("resultsOf()", () => {
  it("sorts keys, and adds a prefix to the keys of the mismatched set", () => {
    const sets = ["dev", "dev_mismatched"].map((name) =>
      scoreSet({ name }, { taskName: "mnli", labels: ["0", "1"] }, evaluation, 42),
    );
    const results = resultsOf(sets, 7, 0.25);
    expect(Object.keys(results)).toEqual(Object.keys(results).sort());
    expect(results).toMatchObject({ eval_accuracy: 0.75, eval_mismatched_macro_f1: results.eval_f1_macro, loss: 0.25 });
    expect(results.global_step).toBe(7);
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
