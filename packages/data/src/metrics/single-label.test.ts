import { describe, expect, it } from "vitest";
import { evaluateMultiLabel } from "./multi-label.ts";
import { evaluateRegression } from "./regression.ts";
import { evaluateSingleLabel } from "./single-label.ts";

const names = ["bad", "good"];

describe("evaluateSingleLabel()", () => {
  it("shows that a classifier predicts only the majority", () => {
    const rows = 100;
    const labels = Array.from({ length: rows }, (_, row) => (row < 2 ? 0 : 1));
    const probabilities = labels.flatMap(() => [0.02, 0.98]);
    const metrics = evaluateSingleLabel({ labels, probabilities, names });
    expect(metrics).toMatchObject({ accuracy: 0.98, balanced_accuracy: 0.5, mcc: 0, roc_auc: 0.5 });
    expect(metrics.per_class[0]).toMatchObject({ label: "bad", recall: 0, support: 2, predicted: 0 });
  });

  it("returns null where a value is undefined, so that JSON contains no NaN", () => {
    const metrics = evaluateSingleLabel({ labels: [1, 1], probabilities: [0, 1, 0, 1], names });
    expect(metrics).toMatchObject({ roc_auc: null, cohen_kappa: null, accuracy: 1, mcc: 0 });
    expect(JSON.parse(JSON.stringify(metrics))).toEqual(metrics);
  });

  it("uses the given predictions", () => {
    const rows = { labels: [0, 1], probabilities: [0.5, 0.5, 0.5, 0.5], names };
    expect(evaluateSingleLabel(rows).confusion_matrix).toEqual([
      [1, 0],
      [1, 0],
    ]);
    expect(evaluateSingleLabel({ ...rows, predictions: [0, 1] }).accuracy).toBe(1);
  });

  it("contains the metrics in their intervals", () => {
    const labels = Array.from({ length: 200 }, (_, row) => row % 2);
    const probabilities = labels.flatMap((label, row) => (row % 10 < 3 ? [label, 1 - label] : [1 - label, label]));
    const metrics = evaluateSingleLabel({ labels, probabilities, names });
    for (const key of ["accuracy", "f1_macro", "mcc"] as const) {
      const [low, high] = metrics.confidence_intervals[key]!;
      expect(low).toBeLessThan(metrics[key]);
      expect(high).toBeGreaterThan(metrics[key]);
    }
  });

  it("rejects probabilities of another shape and no rows", () => {
    expect(() => evaluateSingleLabel({ labels: [0], probabilities: [1], names })).toThrow("1 rows and 2 labels");
    expect(() => evaluateSingleLabel({ labels: [], probabilities: [], names })).toThrow("at least 1");
  });
});

it("evaluation of 10,000 rows takes seconds at most for every problem type", () => {
  const rows = 10_000;
  const random = (i: number) => Math.abs(Math.sin(i) * 10_000) % 1;
  const labels = Array.from({ length: rows }, (_, i) => Math.floor(random(i) * 2));
  const probabilities = labels.flatMap((_, i) => [random(i + rows), 1 - random(i + rows)]);
  const seconds = (work: () => unknown) => {
    const start = performance.now();
    work();
    return (performance.now() - start) / 1000;
  };
  const targets = labels.flatMap((label) => [label, 1 - label]);
  expect(seconds(() => evaluateSingleLabel({ labels, probabilities, names }))).toBeLessThan(5);
  expect(seconds(() => evaluateMultiLabel({ targets, probabilities, names }))).toBeLessThan(5);
  expect(seconds(() => evaluateRegression({ targets: labels, predictions: labels.map(random) }))).toBeLessThan(5);
});
