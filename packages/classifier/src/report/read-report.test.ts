import { createDataCheck, dataRecord, evaluateMultiLabel, evaluateRegression, evaluateSingleLabel } from "@bertie/data";
import { reportHtml } from "@bertie/report";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RunFiles, readPredictedRows, readReportData } from "./read-report.ts";

function filesOf(contents: Readonly<Record<string, unknown>>): RunFiles {
  const encode = (value: unknown) =>
    new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
  return {
    name: "runs/mine",
    read: async (path) => (Object.hasOwn(contents, path) ? encode(contents[path]) : undefined),
  };
}

const names = ["bad", "good"];

describe("readReportData()", () => {
  it("reads the metrics of a single label, as @bertie/data computes them", async () => {
    const metrics = evaluateSingleLabel({ labels: [0, 1, 1], probabilities: [0.9, 0.1, 0.6, 0.4, 0.2, 0.8], names });
    const results = { eval_loss: 0.5, evaluations: { dev: metrics } };
    const { evaluations } = await readReportData(filesOf({ "run.json": {}, "eval_results.json": results }));
    const [dev] = evaluations;
    expect(dev).toMatchObject({ name: "dev", examples: 3, confusion: metrics.confusion_matrix });
    const value = (name: string) => dev!.scores.find((score) => score.name === name);
    expect(value("accuracy")).toEqual({
      name: "accuracy",
      value: metrics.accuracy,
      interval: metrics.confidence_intervals.accuracy ?? undefined,
    });
    expect(value("f1_macro")!.value).toBe(metrics.f1_macro);
    expect(value("loss")!.value).toBe(0.5);
    expect(value("examples")).toBeUndefined();
    expect(dev!.perLabel.map(({ label, f1 }) => [label, f1])).toEqual(
      metrics.per_class.map(({ label, f1 }) => [label, f1]),
    );
    expect(dev!.calibration!.error).toBe(metrics.calibration_error);
    expect(dev!.calibration!.bins.reduce((sum, { count }) => sum + count, 0)).toBe(3);
  });

  it("reads thresholds of several labels, and values of a regression", async () => {
    const multi = evaluateMultiLabel({
      targets: [1, 0, 0, 1],
      probabilities: [0.9, 0.4, 0.2, 0.6],
      names,
      thresholds: [0.5, 0.3],
    });
    const config = { problem_type: "multi_label_classification" };
    const read = await readReportData(
      filesOf({ "run.json": {}, "config.json": config, "eval_results.json": { evaluations: { dev: multi } } }),
    );
    expect(read.problemType).toBe("multi_label_classification");
    expect(read.evaluations[0]!.perLabel.map(({ threshold }) => threshold)).toEqual([0.5, 0.3]);
    const regression = evaluateRegression({ targets: [1, 2, 3], predictions: [1, 2.5, 3] });
    const rows = [1, 2, 3].map(
      (label) => `${JSON.stringify({ set: "dev", id: `dev-${label}`, label, predicted: label + 0.5 })}\n`,
    );
    const values = await readReportData(
      filesOf({
        ...{ "run.json": {}, "config.json": { problem_type: "regression" } },
        ...{ "eval_results.json": { evaluations: { dev: regression } }, "eval_predictions.jsonl": rows.join("") },
      }),
    );
    expect(values.evaluations[0]!.values).toEqual([
      [1, 1.5],
      [2, 2.5],
      [3, 3.5],
    ]);
  });

  it("reads the kind of problem from the evaluation if the run trained no model", async () => {
    const multi = evaluateMultiLabel({ targets: [1, 0], probabilities: [0.9, 0.4], names, thresholds: [0.5, 0.5] });
    const regression = evaluateRegression({ targets: [1, 2, 3], predictions: [1, 2.5, 3] });
    for (const metrics of [multi, regression]) {
      const files = { "run.json": {}, "eval_results.json": { evaluations: { dev: metrics } } };
      expect((await readReportData(filesOf(files))).problemType).toBe(metrics.problem_type);
    }
  });

  it("derives metrics per label if there is only a confusion matrix", async () => {
    const results = {
      ...{
        eval_accuracy: 0.75,
        eval_loss: 0.4,
        eval_mismatched_accuracy: 0.5,
        global_step: 3,
        loss: 0.1,
        labels: names,
      },
      confusion_matrix: {
        dev: [
          [2, 1],
          [0, 1],
        ],
        dev_mismatched: [
          [1, 1],
          [1, 1],
        ],
      },
    };
    const { evaluations } = await readReportData(filesOf({ "run.json": {}, "eval_results.json": results }));
    expect(evaluations.map(({ name, examples, scores }) => [name, examples, scores])).toEqual([
      [
        "dev",
        4,
        [
          { name: "accuracy", value: 0.75 },
          { name: "loss", value: 0.4 },
        ],
      ],
      ["dev_mismatched", 4, [{ name: "accuracy", value: 0.5 }]],
    ]);
    expect(evaluations[0]!.perLabel[0]).toEqual({ label: "bad", precision: 1, recall: 2 / 3, f1: 0.8, support: 3 });
  });

  it("reads the summary of the data check", async () => {
    const check = createDataCheck();
    check.add("train", { guid: "train-0", textA: "很好", label: "good" });
    check.add("train", { guid: "train-1", textA: "很好", label: "good" });
    check.add("train", { guid: "train-2", textA: "", label: "bad" });
    check.add("dev", { guid: "dev-0", textA: "很好", label: "good" });
    const { data } = await readReportData(filesOf({ "run.json": { data: dataRecord(check.finish()) } }));
    expect(data.sets[0]).toMatchObject({ name: "train", rows: 3, duplicates: 1, empty: 1 });
    expect(data.sets[0]!.labels).toEqual([
      { label: "good", count: 2 },
      { label: "bad", count: 1 },
    ]);
    expect(data.problems).toEqual(["1 row of dev has a text that is also in train."]);
  });

  it("throws report/no-run without a valid run.json", async () => {
    for (const files of [{}, { "run.json": "{" }, { "run.json": [] }])
      await expect(readReportData(filesOf(files))).rejects.toMatchObject({ code: "report/no-run" });
  });

  it("reads files that were edited in any way, and the report of them can be written", async () => {
    const keys = fc.constantFrom(
      ...["options", "labels", "given", "scores", "best", "data", "sets", "rows", "lengths", "problems", "overlaps"],
      ...["evaluations", "confusion_matrix", "dev", "per_class", "reliability", "calibration_error", "label", "words"],
      ...["id", "text", "predicted", "step", "loss", "value", "versions", "input_files", "path", "bytes", "ended"],
    );
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>(null, true, -1, 0, 1e308, "", "text", "2026-13-99"),
        fc.array(tie("json"), { maxLength: 4 }),
        fc.dictionary(keys, tie("json"), { maxKeys: 6 }),
      ),
    }));
    const record = fc.dictionary(keys, json);
    await fc.assert(
      fc.asyncProperty(record, record, json, json, async (run, results, config, line) => {
        const files = {
          ...{ "run.json": run, "eval_results.json": results, "config.json": config },
          ...{ "metrics.jsonl": line, "mistakes.jsonl": line, "suspects.jsonl": line, "eval_predictions.jsonl": line },
        };
        expect(reportHtml(await readReportData(filesOf(files)))).toContain("</html>");
        await readPredictedRows(filesOf(files), "dev");
      }),
    );
  });
});
