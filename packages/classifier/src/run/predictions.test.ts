import { describe, expect, it } from "vitest";
import { formatPrediction, formatPredictionHeader, identityOf, predictionOf } from "./predictions.ts";

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

describe("identityOf()", () => {
  const source = { fileName: "b.csv", line: 4 };
  const row = (several: boolean, id?: string) =>
    identityOf(several)({ guid: "test-2", textA: "", source, ...(id !== undefined && { id }) });

  it("returns the id, and the file if there are several", () => {
    expect(row(false)).toEqual({ guid: "test-2" });
    expect(row(false, "17")).toEqual({ guid: "test-2", id: "17" });
    expect(row(true)).toEqual({ guid: "test-2", id: "line-4", file: "b.csv" });
    expect(row(true, "17")).toEqual({ guid: "test-2", id: "17", file: "b.csv" });
  });

  it("adds the first columns of predictions", () => {
    const lines = (labels: readonly string[], problemType?: "multi_label_classification" | "regression") => {
      const prediction = predictionOf(row(true, "1\t7"), values, 2, { labels, problemType });
      return [formatPredictionHeader(prediction), formatPrediction(prediction)];
    };
    const probabilities = "0.250000\t0.500000\t0.750000\n";
    expect(lines(["id", "b", "c"])).toEqual([
      "id\tfile\tlabel\tscore\tprobability_id\tb\tc\n",
      `1\\t7\tb.csv\tc\t0.750000\t${probabilities}`,
    ]);
    expect(lines(["a", "b", "c"], "multi_label_classification")[0]).toBe("id\tfile\tlabels\ta\tb\tc\n");
    expect(lines(["score"], "regression")).toEqual(["id\tfile\tvalue\n", "1\\t7\tb.csv\t0.250000\n"]);
  });
});
