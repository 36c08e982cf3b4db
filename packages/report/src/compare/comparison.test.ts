import { readFileSync } from "node:fs";
import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { fullReport } from "../testing/report-data.ts";
import { compareRuns } from "./comparison.ts";
import { comparisonHtml } from "./comparison-html.ts";
import { comparisonLines } from "./describe.ts";
import type { PredictedRow } from "./predicted-rows.ts";
import { mcNemar, pairedInterval } from "./significance.ts";

const reference = JSON.parse(readFileSync(new URL("../../fixtures/mcnemar.json", import.meta.url), "utf8")) as {
  first: number;
  second: number;
  p: number;
}[];

it.each(reference)("mcNemar($first, $second) is SciPy's p-value", ({ first, second, p }) => {
  expect(Math.abs(mcNemar(first, second) / p - 1)).toBeLessThan(1e-9);
});

it("pairedInterval() has the width of the normal approximation", () => {
  const random = new Random(7, "rows");
  const gains: number[] = Array.from({ length: 4000 }, () =>
    random.nextFloat() < 0.1 ? 1 : random.nextFloat() < 0.1 ? -1 : 0,
  );
  const mean = gains.reduce((a, b) => a + b, 0) / gains.length;
  const error = Math.sqrt(gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0)) / gains.length;
  const difference = (rows: Uint32Array) => rows.reduce((sum, row) => sum + gains[row]!, 0) / rows.length;
  const [low, high] = pairedInterval(gains.length, difference);
  expect(Math.abs(low - (mean - 1.96 * error))).toBeLessThan(0.15 * error);
  expect(Math.abs(high - (mean + 1.96 * error))).toBeLessThan(0.15 * error);
});

/** Predictions for 200 rows, of which the first `wrong` rows are wrong. */
function predictions(wrong: number): PredictedRow[] {
  return Array.from({ length: 200 }, (_, i) => {
    const label = i % 2 === 0 ? "negative" : "positive";
    const other = i % 2 === 0 ? "positive" : "negative";
    return { id: `dev-${i}`, label, predicted: i < wrong ? other : label };
  });
}

function run(title: string, wrong: number, value = "0.0001") {
  const accuracy = 1 - wrong / 200;
  const evaluation = {
    ...fullReport.evaluations[0]!,
    scores: [
      { name: "accuracy", value: accuracy },
      { name: "loss", value: 0.4 },
    ],
  };
  const options = [
    { name: "--learning-rate", value, changed: true },
    { name: "--output-dir", value: title, changed: true },
  ];
  return { data: { ...fullReport, title, evaluations: [evaluation], options }, predictions: predictions(wrong) };
}

describe("compareRuns()", () => {
  it("tells a difference from noise", () => {
    const { metrics, notes } = compareRuns([run("a", 40), run("b", 38), run("c", 5), run("d", 90)]);
    expect(metrics[0]!.differences.map((difference) => difference?.verdict)).toEqual([
      ...[undefined, "within noise", "better", "worse"],
    ]);
    expect(metrics[0]!.differences[2]!.value).toBeCloseTo(0.175, 12);
    expect(metrics[1]!.differences[1]!.verdict).toBe("unknown");
    expect(notes[0]).toBe("b: 2 rows are correct only in this run, 0 only in a (McNemar's exact test: p = 0.500).");
  });

  it("does not pair runs whose rows or labels differ", () => {
    const other = run("b", 5);
    const relabeled = other.predictions.map((row, i) => (i === 3 ? { ...row, label: "neutral" } : row));
    for (const rows of [[], other.predictions.slice(1), relabeled]) {
      const { metrics, notes } = compareRuns([run("a", 40), { ...other, predictions: rows }]);
      expect(metrics[0]!.differences[1]!.verdict).toBe("unknown");
      expect(notes[0]).toMatch(/not evaluated on the same rows/);
    }
  });

  it("compares values, and sets of labels in any order", () => {
    const values = (offset: number) =>
      Array.from({ length: 50 }, (_, i) => ({ id: `dev-${i}`, label: i, predicted: i + offset * (i % 2) }));
    const scores = (mse: number) => [{ ...fullReport.evaluations[0]!, scores: [{ name: "mse", value: mse }] }];
    const data = (mse: number) => ({ ...fullReport, problemType: "regression" as const, evaluations: scores(mse) });
    const regression = compareRuns([
      { data: data(2), predictions: values(2) },
      { data: data(0), predictions: values(0) },
    ]);
    expect(regression.metrics[0]!.differences[1]).toMatchObject({ value: -2, verdict: "better" });
    const sets = (order: readonly string[]) => [{ id: "dev-0", label: ["a", "b"], predicted: order }];
    const multi = compareRuns([
      { ...run("a", 0), predictions: sets(["a", "b"]) },
      { ...run("b", 0), predictions: sets(["b", "a"]) },
    ]);
    expect(multi.notes[0]).toContain("0 rows are correct only in this run, 0 only in a");
  });

  it("lists the settings that differ, without the ones that name files", () => {
    expect(compareRuns([run("a", 4), run("b", 4, "0.0002")]).settings).toEqual([
      { name: "--learning-rate", values: ["0.0001", "0.0002"] },
    ]);
  });

  it("is described as an aligned table, and as a page", () => {
    const comparison = compareRuns([run("甲", 40), run("b", 5)]);
    expect(comparisonLines(comparison).slice(0, 2)).toEqual([
      expect.stringMatching(/^metric {4}甲 {5}b$/),
      expect.stringMatching(/^Accuracy {2}80\.0% {2}97\.5% {2}\+17\.5 \(\+1\d\.\d to \+2\d\.\d\), better$/),
    ]);
    const page = comparisonHtml(compareRuns([run("<script>", 40), run("b", 5)]));
    expect(page).toContain("&lt;script&gt;");
    expect(page).not.toContain("<script>");
  });
});
