import { describe, expect, it } from "vitest";
import type { DataSet } from "../data/data-set.ts";
import { checkMetric } from "./check-metric.ts";
import type { MetricName } from "./scores.ts";

const none = Int32Array.of();
const setOf = (labelIds: readonly number[]): DataSet => ({
  ...{ name: "dev", logs: [], notes: [] },
  features: labelIds.map((labelId) => ({ inputIds: none, inputMask: none, segmentIds: none, labelId })),
});
const check = (metric: MetricName, labelIds: readonly number[], problemType?: "regression") => () => {
  const data = { pairs: false, labels: ["bad", "good"], train: undefined, predict: undefined };
  checkMetric(
    { metric },
    { ...data, taskName: "news", evaluations: [setOf(labelIds)], ...(problemType && { problemType }) },
  );
};

describe("checkMetric()", () => {
  it("accepts metrics of the problem, and lists them otherwise", () => {
    for (const metric of ["accuracy", "macro_f1", "mcc", "log_loss"] as const) check(metric, [0, 1])();
    check("pearson", [], "regression")();
    expect(check("pearson", [0, 1])).toThrow("not available for the task news. Choose one of accuracy, loss, macro_f1");
    expect(check("accuracy", [], "regression")).toThrow("Choose one of loss, mse, rmse, mae, r2, pearson, spearman");
  });

  it("rejects the area under the ROC curve without rows of every label", () => {
    check("roc_auc", [0, 1])();
    expect(check("roc_auc", [1, 1])).toThrow('no row of the dev set has the label "bad"');
  });
});
