import { describe, expect, it } from "vitest";
import { formatPrediction, formatPredictionHeader, predictionOf } from "./predictions.ts";

const values = Float32Array.of(0.25, 0.5, 0.75);
const lines = (
  labels: readonly string[],
  problemType?: "multi_label_classification" | "regression",
  thresholds = 0.5,
) => {
  const prediction = predictionOf("test-0", values, 2, { labels, problemType, thresholds });
  return [formatPredictionHeader(prediction), formatPrediction(prediction)];
};

describe("formatPrediction()", () => {
  it("writes label, score and the probabilities in the order of the labels", () => {
    expect(lines(["a", "b", "c"])).toEqual(["label\tscore\ta\tb\tc\n", "c\t0.750000\t0.250000\t0.500000\t0.750000\n"]);
  });

  it("writes the labels that reach the threshold", () => {
    const probabilities = "0.250000\t0.500000\t0.750000\n";
    expect(lines(["a", "b", "c"], "multi_label_classification")).toEqual([
      "labels\ta\tb\tc\n",
      `b,c\t${probabilities}`,
    ]);
    expect(lines(["a", "b", "c"], "multi_label_classification", 0.8)[1]).toBe(`\t${probabilities}`);
  });

  it("writes the value of a regression", () => {
    expect(lines(["score"], "regression")).toEqual(["value\n", "0.250000\n"]);
  });

  it("escapes labels, and distinguishes them from other columns", () => {
    const [header, line] = lines(["label", "a\tb\\", "c\n"]);
    expect(header).toBe("label\tscore\tprobability_label\ta\\tb\\\\\tc\\n\n");
    expect(line!.split("\t")[0]).toBe("c\\n");
  });
});
