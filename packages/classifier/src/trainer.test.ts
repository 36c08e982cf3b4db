import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { directoryStorage } from "./storage/directory.ts";
import { memoryStorage } from "./storage/memory.ts";
import type { Storage } from "./storage/storage.ts";
import { examples, tinyModel } from "./testing/tiny-model.ts";
import { fastOptions, outcomeOf, runToEnd, runUntil } from "./testing/training.ts";
import { TextClassifier } from "./text-classifier.ts";
import { createTrainer, type TrainerOptions } from "./trainer.ts";

const base = mkdtempSync(join(tmpdir(), "bertie-trainer-"));
afterAll(() => rmSync(base, { recursive: true }));
const newDirectory = () => directoryStorage(join(base, `${readdirSync(base).length}`, "run"));

const completed = await runToEnd(fastOptions);
const expected = await outcomeOf(completed.storage);
const typesOf = (events: readonly { readonly type: string }[]) => [...new Set(events.map(({ type }) => type))];

describe("createTrainer()", () => {
  it("trains a model that classifies its examples correctly and loads from the storage", async () => {
    const { storage, trainer } = await runToEnd({
      ...{ ...fastOptions, model: tinyModel({ spread: 0.1 }), epochs: 30, checkpointSteps: 1000 },
    });
    expect(trainer.labels).toEqual(["bad", "good"]);
    await using classifier = await TextClassifier.load(storage, { engine: "reference" });
    expect(classifier).toMatchObject({ labels: ["bad", "good"], maxLength: 12, pairs: false });
    expect((await classifier.evaluate(examples(12))).accuracy).toBe(1);
    expect((await classifier.classify("the room is good"))[0]!.label).toBe("good");
  });

  it("yields events in order, and writes model, results, log and checkpoints", async () => {
    expect(typesOf(completed.events)).toEqual([
      ...["note", "data", "run-start", "example", "phase-start", "train-start", "epoch-start", "step", "checkpoint"],
      ...["epoch-end", "train-end", "eval-batch", "eval-results", "run-end"],
    ]);
    const steps = completed.events.flatMap((event) => (event.type === "step" ? [event.step] : []));
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const saved = completed.events.flatMap((event) => (event.type === "checkpoint" ? [event.step] : []));
    expect(saved).toEqual([2, 3, 4, 6, 8, 9]);
    expect(await completed.storage.state()).toBe("finished");
    const end = completed.events.at(-1);
    expect(end).toMatchObject({
      type: "run-end",
      files: [
        ...["README.md", "config.json", "eval_predictions.jsonl", "eval_results.json", "eval_results.txt"],
        ...[expect.stringMatching(/^events\.out\.tfevents\.\d+\.localhost$/), "metrics.jsonl", "mistakes.jsonl"],
        ...["model.safetensors", "report.html", "run.json", "special_tokens_map.json", "tokenizer.json"],
        ...["tokenizer_config.json", "vocab.txt"],
      ],
    });
  });

  it("writes the same bytes in memory and on disk with the same seed, and different ones with another seed", async () => {
    for (const storage of [memoryStorage(), newDirectory()]) {
      const repeated = await runToEnd({ ...fastOptions, storage });
      expect(repeated.storage).toBe(storage);
      expect(await outcomeOf(storage)).toEqual(expected);
    }
    const other = await outcomeOf((await runToEnd({ ...fastOptions, seed: 43 })).storage);
    expect(other["model.safetensors"]).not.toBe(expected["model.safetensors"]);
  });

  it("throws if run() is called twice", async () => {
    expect(() => completed.trainer.run()).toThrow("the trainer has already been run");
  });

  it("releases its storage on dispose() if no event has been consumed", async () => {
    const storage = newDirectory();
    const unused = await createTrainer({ ...fastOptions, storage });
    const events = unused.run();
    await unused.dispose();
    await expect(events.next()).resolves.toMatchObject({ done: true });
    await expect(runToEnd({ ...fastOptions, storage })).resolves.toBeDefined();
  });

  it("rejects a path as examples, and invalid counts", async () => {
    for (const [options, code] of [
      [{ train: "reviews.csv" }, "input/not-examples"],
      [{ evaluation: "reviews.csv" }, "input/not-examples"],
      [{ batchSize: 1.5 }, "options/value"],
      [{ batchSize: 0 }, "options/value"],
      [{ accumulation: 0 }, "options/value"],
    ] as const)
      await expect(createTrainer({ ...fastOptions, ...(options as object) }), code).rejects.toMatchObject({ code });
  });

  it("produces the same model with requested checkpoints and with samples", async () => {
    const { storage, events } = await runToEnd({ ...fastOptions, samples: { times: 9, rows: 4 } }, (event, trainer) => {
      if (event.type === "step" && event.step === 5) trainer.requestCheckpoint();
    });
    expect(await outcomeOf(storage)).toEqual(expected);
    expect(events.filter(({ type }) => type === "sample").length).toBeGreaterThan(1);
    expect(events.flatMap((event) => (event.type === "checkpoint" ? [event.step] : []))).toContain(5);
  });

  it("ends after the current step on finish(), with results", async () => {
    const { storage, events } = await runToEnd(fastOptions, (event, trainer) => {
      if (event.type === "step" && event.step === 4) trainer.finish();
    });
    expect(events.filter(({ type }) => type === "step")).toHaveLength(4);
    expect(events.at(-1)).toMatchObject({ type: "run-end" });
    const { steps } = await outcomeOf(storage);
    expect(JSON.parse(steps!)).toEqual(JSON.parse(expected.steps!).slice(0, 4));
    await (await TextClassifier.load(storage, { engine: "reference" })).dispose();
  });

  it("releases its storage on dispose(), before and during its run", async () => {
    const storage = memoryStorage();
    const options = { ...fastOptions, storage, overwrite: true };
    await (await createTrainer(options)).dispose();
    const called = await createTrainer(options);
    called.run();
    await called.dispose();
    const started = await createTrainer(options);
    const events = started.run();
    await events.next();
    await started.dispose();
    await started.dispose();
    expect(await events.next()).toMatchObject({ done: true });
    expect(() => started.run()).toThrow(/already been run or disposed/);
    await runToEnd(options);
    expect(await outcomeOf(storage)).toEqual(expected);
  });

  it("rejects resuming a complete run", async () => {
    const { storage } = await runToEnd(fastOptions);
    await expect(createTrainer({ ...fastOptions, storage, resume: true })).rejects.toMatchObject({
      code: "output/finished",
    });
  });

  it("replaces a finished run only with overwrite", async () => {
    await expect(createTrainer({ ...fastOptions, storage: completed.storage })).rejects.toMatchObject({
      code: "output/not-empty",
    });
    const { storage } = await runToEnd(fastOptions);
    await runToEnd({ ...fastOptions, seed: 43, storage, overwrite: true });
    expect(await outcomeOf(storage)).not.toEqual(expected);
  });

  it.each<[string, Partial<TrainerOptions>, string]>([
    ["a single label", { train: examples(4).map((row) => ({ ...row, label: "good" })) }, "input/too-few-labels"],
    ["no examples", { train: [] }, "input/no-rows"],
    ["no training data", { train: undefined }, "options/missing"],
    [
      "a label of the evaluation that training lacks",
      { evaluation: [{ text: "a", label: "x" }] },
      "input/unknown-label",
    ],
    ["a missing model", { model: join(base, "none") }, "input/missing-file"],
    ["a maxLength above the positions of the model", { maxLength: 25 }, "options/max-seq-length"],
    ["a metric of another task", { metric: "f1" }, "options/metric"],
    ["more micro-batches than examples", { accumulation: 8 }, "options/accumulation"],
    ["more frozen layers than the model has", { freezeLayers: 3 }, "options/freeze-layers"],
  ])("rejects %s, and writes nothing", async (_, options, code) => {
    for (const storage of [memoryStorage(), newDirectory()]) {
      await expect(createTrainer({ ...fastOptions, ...options, storage })).rejects.toMatchObject({ code });
      expect(await storage.state()).toBe("empty");
      await (await storage.open()).close();
    }
  });

  it("uses the labels of a fine-tuned model in their order", async () => {
    const model = tinyModel({ labels: ["good", "so-so", "bad"] });
    const trainer = await createTrainer({ ...fastOptions, model, maxSteps: 1 });
    expect(trainer.labels).toEqual(["good", "so-so", "bad"]);
    for await (const _ of trainer.run());
    const named = await createTrainer({ ...fastOptions, labels: ["good", "bad"], maxSteps: 1 });
    expect(named.labels).toEqual(["good", "bad"]);
    for await (const _ of named.run());
  });
});

describe.each<[string, Partial<TrainerOptions>]>([
  ["without more options", {}],
  ["with metric and early stopping", { metric: "loss", earlyStopping: 3, learningRate: 3e-2, epochs: 6 }],
  ["with accumulation and frozen layers", { accumulation: 2, freezeLayers: 0 }],
])("a run that is aborted and resumed, %s", (_, more) => {
  const options = { ...fastOptions, ...more };
  const stops = [1, 3, 5, 8];
  let direct: Record<string, string> = {};
  beforeAll(async () => {
    direct = await outcomeOf((await runToEnd(options)).storage);
  });

  it.each<[string, () => Storage]>([
    ["memory", memoryStorage],
    ["a directory", newDirectory],
  ])("writes the same bytes as an uninterrupted run, in %s", async (__, create) => {
    for (const keepData of [false, true]) {
      const storage = create();
      for (const [i, step] of stops.entries()) {
        const events = await runUntil(step, { ...options, storage, keepData, resume: i > 0 });
        if (events.at(-1)!.type !== "run-end") expect(events.at(-1)).toMatchObject({ type: "stopped", step });
      }
      if ((await storage.state()) !== "finished") {
        await expect(createTrainer({ ...options, storage })).rejects.toMatchObject({ code: "output/unfinished" });
        await runToEnd({ ...options, storage, keepData, resume: true });
      }
      expect(await outcomeOf(storage)).toEqual(direct);
    }
  });

  it("requires neither model nor data with keepData", async () => {
    const storage = newDirectory();
    await runUntil(3, { ...options, storage, keepData: true });
    await runUntil(4, { engine: "reference", storage, resume: true });
    await runToEnd({ engine: "reference", storage, resume: true });
    expect(await outcomeOf(storage)).toEqual(direct);
    expect(await storage.read("data/train.jsonl")).toBeUndefined();
  });

  it("accepts the same data again with keepData", async () => {
    const storage = memoryStorage();
    await runUntil(3, { ...options, storage, keepData: true });
    await runToEnd({ ...options, storage, resume: true });
    expect(await outcomeOf(storage)).toEqual(direct);
  });
});

describe("createTrainer({ resume: true })", () => {
  it("rejects different options and data, and lists them", async () => {
    const storage = memoryStorage();
    await runUntil(3, { ...fastOptions, storage });
    const changed = { learningRate: 0.5, seed: 7, train: examples(11) };
    const resumed = createTrainer({ ...fastOptions, ...changed, storage, resume: true, resumeAnyway: true });
    await expect(resumed).rejects.toMatchObject({
      code: "options/changed",
      message: expect.stringMatching(
        /learningRate is 0\.5, previously 0\.01; seed is 7, previously 42; train was changed/,
      ),
    });
    await runToEnd({ ...fastOptions, storage, resume: true });
    expect(await outcomeOf(storage)).toEqual(expected);
  });

  it("rejects different labels, and different rows of the same file", async () => {
    const file = new TextEncoder().encode(
      examples(12)
        .map(({ text, label }) => `${label}\t${text}\n`)
        .join(""),
    );
    const train = (first?: number) => ({ task: "news", set: "train", file, first }) as const;
    for (const keepData of [false, true]) {
      const storage = memoryStorage();
      const options = {
        ...fastOptions,
        train: train(8),
        labels: ["good", "bad"],
        epochs: 4,
        keepData,
        lowercase: false,
      };
      await runUntil(3, { ...options, storage });
      const resume = (changed: TrainerOptions) => createTrainer({ ...options, ...changed, storage, resume: true });
      await expect(resume({ labels: ["bad", "good"] })).rejects.toThrow(/labels is \["bad","good"\], previously/);
      for (const first of [4, undefined])
        await expect(resume({ train: train(first) })).rejects.toMatchObject({ code: "options/changed" });
      // Options that are not set again are inherited.
      const { labels, lowercase, ...rest } = options;
      await runToEnd({ ...rest, storage, resume: true });
      expect(await outcomeOf(storage)).toEqual(await outcomeOf((await runToEnd(options)).storage));
    }
  });

  it("does not change the saved data if it rejects different data", async () => {
    const storage = memoryStorage();
    await runUntil(3, { ...fastOptions, storage, keepData: true });
    for (const changed of [{ train: examples(11) }, { seed: 7 }]) {
      const resumed = createTrainer({ ...fastOptions, ...changed, storage, resume: true });
      await expect(resumed).rejects.toMatchObject({ code: "options/changed" });
    }
    await runToEnd({ engine: "reference", storage, resume: true });
    expect(await outcomeOf(storage)).toEqual(expected);
  });

  it("accepts harmless differences only with resumeAnyway", async () => {
    const storage = memoryStorage();
    await runUntil(3, { ...fastOptions, storage });
    const options = { ...fastOptions, storage, checkpointSteps: 4, resume: true };
    await expect(createTrainer(options)).rejects.toThrow(/is 4, previously 2\)/);
    await runToEnd({ ...options, resumeAnyway: true });
    expect(await outcomeOf(storage)).toEqual(expected);
  });

  it("starts from the beginning if there is no checkpoint, and yields a note", async () => {
    const { storage, events } = await runToEnd({ ...fastOptions, resume: true });
    expect(events[0]).toMatchObject({ type: "note", message: expect.stringMatching(/no checkpoint found/) });
    expect(await outcomeOf(storage)).toEqual(expected);
  });

  it("requires a model and data if there is nothing to resume", async () => {
    const { model, ...rest } = fastOptions;
    await expect(createTrainer({ ...rest, resume: true })).rejects.toMatchObject({ code: "options/missing" });
    const storage = memoryStorage();
    await runUntil(3, { ...fastOptions, storage });
    const resumed = createTrainer({ engine: "reference", storage, resume: true });
    await expect(resumed).rejects.toThrow(/holds no training data of an interrupted run\. Set the train option/);
  });

  it("saves the task, and therefore its metric, with the data", async () => {
    const header = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n";
    const rows = Array.from({ length: 8 }, (_, i) => `${i % 2}\t1\t2\tgood room\t${i % 2 ? "good" : "bad"} ${i}\n`);
    const file = new TextEncoder().encode(header + rows.join(""));
    const task = (set: "train" | "dev") => ({ task: "mrpc", set, file });
    const options = { ...fastOptions, train: task("train"), evaluation: task("dev"), metric: "f1", epochs: 4 } as const;
    const { storage: direct } = await runToEnd(options);
    const storage = memoryStorage();
    await runUntil(3, { ...options, storage, keepData: true });
    await runToEnd({ engine: "reference", storage, resume: true });
    expect(await outcomeOf(storage)).toEqual(await outcomeOf(direct));
    expect(JSON.parse((await outcomeOf(storage)).record!)).toMatchObject({ task_name: "mrpc", pairs: true });
  });

  it("starts over with overwrite", async () => {
    const storage = memoryStorage();
    await runUntil(3, { ...fastOptions, storage });
    await runToEnd({ ...fastOptions, storage, overwrite: true });
    expect(await outcomeOf(storage)).toEqual(expected);
  });
});
