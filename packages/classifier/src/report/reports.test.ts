import { reportHtml } from "@bertie/report";
import { describe, expect, it } from "vitest";
import { readEvents } from "../../../report/src/testing/read-events.ts";
import { memoryStorage } from "../storage/memory.ts";
import { fastOptions, runToEnd, runUntil } from "../testing/training.ts";
import { type EvaluatedRows, evaluatedRows } from "./eval-predictions.ts";
import { findMistakes } from "./mistakes.ts";
import { readPredictedRows, readReportData } from "./read-report.ts";

const text = async (file: Promise<Uint8Array | undefined>) => new TextDecoder().decode(await file);

describe("the reports of a run", () => {
  it("can be written again from the files of the run", async () => {
    const { storage } = await runToEnd({ ...fastOptions, metric: "loss" });
    const data = await readReportData(storage);
    expect(await text(storage.read("report.html"))).toBe(reportHtml(data));
    expect(data).toMatchObject({ labels: ["bad", "good"], run: { trained: true, steps: 9, epochs: 3 } });
    expect(data.curves.steps).toHaveLength(9);
    expect(data.curves.scores.map(({ step }) => step)).toEqual([2, 3, 4, 6, 8, 9]);
    expect(data.options.find(({ name }) => name === "--num-train-epochs")).toMatchObject({ value: "3", changed: true });
    expect(data.options.find(({ name }) => name === "--seed")).toMatchObject({ value: "42", changed: false });
    expect(await readPredictedRows(storage, "dev")).toHaveLength(6);
    expect(await text(storage.read("README.md"))).toMatch(/^---\nlibrary_name: transformers\n/);
  });

  it("are not written without the option report", async () => {
    const { storage, events } = await runToEnd({ ...fastOptions, report: false });
    const files = events.flatMap((event) => (event.type === "run-end" ? event.files : []));
    expect(files).toContain("eval_predictions.jsonl");
    expect(files.filter((name) => /report|README|tfevents|mistakes/.test(name))).toEqual([]);
    expect((await readReportData(storage)).evaluations[0]!.examples).toBe(6);
  });

  it("contain one event file with complete curves, even if the run was interrupted", async () => {
    const storage = memoryStorage();
    await runUntil(5, { ...fastOptions, metric: "loss", storage });
    const { events } = await runToEnd({ ...fastOptions, metric: "loss", storage, resume: true });
    const { files } = events.at(-1) as { files: readonly string[] };
    const names = files.filter((name) => name.startsWith("events.out.tfevents."));
    expect(names).toHaveLength(1);
    const [start, ...read] = readEvents((await storage.read(names[0]!))!);
    expect(start!.fileVersion).toBe("brain.Event:2");
    const stepsOf = (tag: string) => read.filter(({ scalars }) => tag in scalars).map(({ step }) => step);
    for (const tag of ["loss", "learning_rate", "grad_norm", "examples_per_second"])
      expect(stepsOf(tag)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(stepsOf("eval_loss")).toEqual([2, 3, 4, 6, 8, 9]);
    const best = (await readReportData(storage)).curves.bestStep;
    expect(stepsOf("eval_accuracy")).toEqual([best]);
    expect(read[0]!.texts.options).toContain("| learningRate | 0.01 |");
    const losses = (await text(storage.read("metrics.jsonl")))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).loss);
    const written = read.filter(({ scalars }) => "loss" in scalars).map(({ scalars }) => scalars.loss!);
    for (const [i, loss] of written.entries()) expect(loss).toBe(Math.fround(losses[i]));
    expect(read.every(({ wallTime }) => Math.abs(wallTime - Date.now() / 1000) < 600)).toBe(true);
  });
});

const single: EvaluatedRows = {
  ...{ name: "dev", labels: ["bad", "good"], guids: ["a", "b", "c"] },
  examples: ["x", "y", "z"].map((textA, i) => ({ guid: "abc"[i]!, textA })),
  result: {
    // The batches contain the rows in the order 2, 0, 1.
    rows: Int32Array.of(2, 0, 1),
    labels: Int32Array.of(0, 1, 1),
    predictions: Int32Array.of(1, 1, 0),
    logits: Float32Array.of(0, 3, 0, 2, 0.5, 0),
  },
};

describe("findMistakes()", () => {
  it("returns the wrong predictions with their texts, the most confident first", () => {
    const { count, worst } = findMistakes(single);
    expect(count).toBe(2);
    expect(worst).toEqual([
      { id: "c", text: "z", label: "bad", predicted: "good", probability: expect.closeTo(0.9526, 4) },
      { id: "b", text: "y", label: "good", predicted: "bad", probability: expect.closeTo(0.6225, 4) },
    ]);
  });

  it("counts mistakes of rows without texts", () => {
    expect(findMistakes({ ...single, examples: undefined })).toEqual({ count: 2, worst: [] });
  });

  it("returns the largest errors of a regression", () => {
    const result = {
      ...{ rows: Int32Array.of(0, 1, 2), labels: new Int32Array(3).fill(-1), predictions: new Int32Array(0) },
      ...{ logits: Float32Array.of(1, 2, 3.5), targets: Float32Array.of(1, 5, 3) },
    };
    const { count, worst } = findMistakes({ ...single, labels: ["stars"], problemType: "regression", result });
    expect([count, worst.map(({ id, label, predicted }) => [id, label, predicted])]).toEqual([
      2,
      [
        ["b", "5", "2"],
        ["c", "3", "3.5"],
      ],
    ]);
  });
});

it("evaluatedRows() returns the labels of several labels per row, in the order of the rows", () => {
  const result = {
    ...{ rows: Int32Array.of(1, 0), labels: new Int32Array(2).fill(-1), predictions: Int32Array.of(1, 1, 0, 0) },
    ...{ logits: Float32Array.of(1, 2, -1, -2), targets: Float32Array.of(0, 1, 1, 0) },
  };
  const rows = [...evaluatedRows({ ...single, problemType: "multi_label_classification", result })];
  expect(rows.map(({ id, label, predicted }) => [id, label, predicted])).toEqual([
    ["a", ["bad"], []],
    ["b", ["good"], ["bad", "good"]],
  ]);
  expect(rows[0]!.probabilities!.bad).toBeCloseTo(1 / (1 + Math.E), 6);
});
