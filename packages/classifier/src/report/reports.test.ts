import { reportHtml } from "@bertie/report";
import { describe, expect, it } from "vitest";
import { readEvents } from "../../../report/src/testing/read-events.ts";
import type { EvaluatedRow } from "../run/evaluated-rows.ts";
import { memoryStorage } from "../storage/memory.ts";
import { fastOptions, runToEnd, runUntil } from "../testing/training.ts";
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

const examples = ["x", "y", "z"].map((textA, i) => ({ guid: "abc"[i]!, textA }));

function labelRow(row: number, truth: string, scores: Readonly<Record<string, number>>): EvaluatedRow {
  const probabilities = new Map(Object.entries(scores));
  const label = [...probabilities].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  return { row, truth, prediction: { guid: "abc"[row]!, label, probabilities } };
}

describe("findMistakes()", () => {
  const rows = [
    labelRow(0, "good", { bad: 0.1, good: 0.9 }),
    labelRow(1, "good", { bad: 0.6, good: 0.4 }),
    labelRow(2, "bad", { bad: 0.05, good: 0.95 }),
  ];

  it("returns the wrong predictions with their texts, the most confident first", () => {
    const { count, worst } = findMistakes(rows, examples);
    expect(count).toBe(2);
    expect(worst).toEqual([
      { id: "c", text: "z", label: "bad", predicted: "good", probability: 0.95 },
      { id: "b", text: "y", label: "good", predicted: "bad", probability: 0.6 },
    ]);
  });

  it("counts mistakes of rows without texts", () => {
    expect(findMistakes(rows, undefined)).toEqual({ count: 2, worst: [] });
  });

  it("returns the largest errors of a regression", () => {
    const values = [1, 2, 3.5].map((value, row): EvaluatedRow => {
      return { row, truth: [1, 5, 3][row]!, prediction: { guid: "abc"[row]!, value } };
    });
    const { count, worst } = findMistakes(values, examples);
    expect([count, worst.map(({ id, label, predicted }) => [id, label, predicted])]).toEqual([
      2,
      [
        ["b", "5", "2"],
        ["c", "3", "3.5"],
      ],
    ]);
  });

  it("returns rows with missing and with additional labels, by the largest error of a probability", () => {
    const row = (index: number, truth: string[], labels: string[], scores: [number, number]): EvaluatedRow => {
      const probabilities = new Map([["bad", scores[0]] as const, ["good", scores[1]] as const]);
      return { row: index, truth, prediction: { guid: "abc"[index]!, labels, probabilities } };
    };
    const sets = [
      row(0, ["bad"], [], [0.4, 0.1]),
      row(1, ["good"], ["bad", "good"], [0.9, 0.9]),
      row(2, ["good", "bad"], ["bad", "good"], [0.9, 0.9]),
    ];
    const { count, worst } = findMistakes(sets, examples);
    expect([count, worst.map(({ label, predicted }) => [label, predicted])]).toEqual([
      2,
      [
        ["good", "bad, good"],
        ["bad", "(no label)"],
      ],
    ]);
  });
});
