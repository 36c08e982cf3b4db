import type { ProblemType } from "@bertie/common";
import { describe, expect, it } from "vitest";
import type { Example } from "./data/examples.ts";
import { memoryStorage } from "./storage/memory.ts";
import { examples, tinyModel } from "./testing/tiny-model.ts";
import { outcomeOf, runToEnd, runUntil } from "./testing/training.ts";
import { TextClassifier } from "./text-classifier.ts";
import { createTrainer } from "./trainer.ts";

const rows = examples(12);
const data: Readonly<Record<Exclude<ProblemType, "single_label_classification">, readonly Example[]>> = {
  multi_label_classification: rows.map(({ text, label }) => ({
    text,
    labels: label === "good" ? ["clean", "nice"] : [],
  })),
  regression: rows.map(({ text, label }) => ({ text, value: label === "good" ? 1 : -1 })),
};
const kinds = Object.keys(data) as (keyof typeof data)[];

describe.each(kinds)("%s", (problemType) => {
  const train = data[problemType];
  const options = {
    ...{ model: tinyModel({ spread: 0.1 }), train, evaluation: train, engine: "reference" as const },
    ...{ epochs: 30, batchSize: 4, learningRate: 5e-3, maxLength: 12, checkpointSteps: 1000 },
  };

  it("is learned, recorded in config.json, and used to classify, evaluate and explain", async () => {
    const { storage } = await runToEnd(options);
    const config = JSON.parse(new TextDecoder().decode(await storage.read("config.json")));
    expect(config).toMatchObject({ problem_type: problemType });

    await using classifier = await TextClassifier.load(storage, { engine: "reference" });
    expect(classifier.problemType).toBe(problemType);
    const results = await classifier.classify(rows.map(({ text }) => text));
    if (problemType === "regression") {
      expect(config.id2label).toEqual({ 0: "LABEL_0" });
      const errors = results.map(([result], i) => Math.abs(result!.score - train[i]!.value!));
      expect(Math.max(...errors)).toBeLessThan(0.5);
    } else {
      const predicted = results.map((scores) => scores.filter((score) => score.predicted).map(({ label }) => label));
      expect(predicted.map((labels) => labels.sort())).toEqual(train.map(({ labels }) => labels));
      expect(results[0]!.reduce((sum, { score }) => sum + score, 0)).toBeGreaterThan(1.5); // both labels apply
      const strict = await classifier.classify(rows[0]!.text, { threshold: 1 });
      expect(strict.map(({ predicted }) => predicted)).toEqual([false, false]);
    }
    const { loss, accuracy, examples: count } = await classifier.evaluate(train);
    expect(loss).toBeLessThan(0.1);
    expect(accuracy).toEqual(problemType === "regression" ? Number.NaN : 1);
    expect(count).toBe(rows.length);
    await expect(classifier.evaluate([{ text: "good", label: "nice" }])).rejects.toMatchObject({
      code: "input/not-labels",
    });

    const [best] = results[0]!;
    for (const method of ["occlusion", "integrated-gradients"] as const) {
      const { labels, logOdds } = await classifier.explain(rows[0]!.text, { method });
      expect(labels[0]!.score).toBeCloseTo(best!.score, 5);
      expect(problemType === "regression" ? logOdds : 1 / (1 + Math.exp(-logOdds))).toBeCloseTo(best!.score, 5);
    }
  });

  it("resumes with the same result, also from saved data", async () => {
    const short = { ...options, epochs: 3, checkpointSteps: 2 };
    const expected = await outcomeOf((await runToEnd(short)).storage);
    for (const keepData of [false, true]) {
      const storage = memoryStorage();
      await runUntil(4, { ...short, storage, keepData });
      const { model: _model, train: _train, evaluation: _evaluation, ...saved } = short;
      await runToEnd({ ...(keepData ? saved : short), storage, resume: true });
      expect(await outcomeOf(storage)).toEqual(expected);
    }
  });
});

describe("examples", () => {
  const start = (train: readonly object[], evaluation = train) =>
    createTrainer({ model: tinyModel(), train: train as Example[], evaluation: evaluation as Example[] });

  it.each([
    [
      "with two kinds of labels in one set",
      [
        { text: "a", labels: ["x"] },
        { text: "b", value: 1 },
      ],
    ],
    ["with a label and a value", [{ text: "a", label: "x", value: 1 }]],
    ["with labels that are a string", [{ text: "a", labels: "x" }]],
    ["with a value that is not finite", [{ text: "a", value: Number.NaN }]],
  ])("%s are rejected", async (_, train) => {
    await expect(start(train)).rejects.toMatchObject({ code: "input/not-labels" });
  });

  it("without any label are rejected", async () => {
    await expect(start([{ text: "a", labels: [] }])).rejects.toMatchObject({ code: "input/too-few-labels" });
  });

  it("of another kind than the training examples are rejected", async () => {
    await expect(start([{ text: "a", value: 1 }], [{ text: "b", labels: ["x"] }])).rejects.toMatchObject({
      code: "input/not-labels",
      message: expect.stringContaining("the training examples have value"),
    });
  });
});
