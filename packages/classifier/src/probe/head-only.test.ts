import { describe, expect, it } from "vitest";
import type { RunEvent } from "../run/events.ts";
import type { Storage } from "../storage/storage.ts";
import { examples, tinyModel } from "../testing/tiny-model.ts";
import { runToEnd } from "../testing/training.ts";
import { TextClassifier } from "../text-classifier.ts";
import { createTrainer, type TrainerOptions } from "../trainer.ts";

const options = {
  ...{ model: tinyModel(), train: examples(40), evaluation: examples(12), maxLength: 12 },
  ...{ headOnly: true, engine: "reference" },
} satisfies TrainerOptions;

describe("headOnly", () => {
  it("trains a classifier without changing the encoder, and records the fit", async () => {
    const { storage, events } = await runToEnd(options);
    const head = events.find((event): event is RunEvent & { type: "head" } => event.type === "head")!;
    expect(head.examples).toBe(40);
    expect(head.accuracy).toBeGreaterThan(0.8);
    await using classifier = await TextClassifier.load(storage, { engine: "reference" });
    const { accuracy, loss } = await classifier.evaluate(examples(12));
    const results = await jsonOf(storage, "eval_results.json");
    expect(results).toMatchObject({ eval_accuracy: accuracy, global_step: 0 });
    expect(results.eval_loss).toBeCloseTo(loss, 6);
    const { penalty, folds, repeats } = head;
    const validation = { folds, repeats, loss: head.loss, accuracy: head.accuracy };
    expect((await jsonOf(storage, "run.json")).head).toEqual({
      ...{ penalty, cross_validation: validation, features: "float32" },
    });
    expect(events.some(({ type }) => type === "step" || type === "checkpoint")).toBe(false);
  });

  it("fits training rows better than rows that were held out, on ONNX Runtime", async () => {
    const { events, storage } = await runToEnd({ ...options, engine: "onnx", evaluation: examples(40) });
    const head = events.find((event): event is RunEvent & { type: "head" } => event.type === "head")!;
    const { eval_loss, eval_accuracy } = (await jsonOf(storage, "eval_results.json")) as Record<string, number>;
    expect(eval_accuracy).toBeGreaterThanOrEqual(head.accuracy!);
    expect(eval_loss).toBeLessThan(head.loss!);
  });

  it("fits independent labels, and values", async () => {
    const labelsOf = (text: string) =>
      text.includes("good") ? ["good"] : text.includes("room") ? ["bad", "room"] : [];
    const multi = examples(40).map(({ text }) => ({ text, labels: labelsOf(text) }));
    const values = examples(40).map(({ text }) => ({ text, value: text.length / 10 }));
    for (const [train, score] of [
      [multi, "eval_accuracy"],
      [values, "eval_pearson"],
    ] as const) {
      const { storage, events } = await runToEnd({ ...options, train, evaluation: train });
      expect((await jsonOf(storage, "eval_results.json"))[score]).toBeGreaterThan(0.7);
      const head = events.find((event) => event.type === "head");
      expect(head).toMatchObject({ accuracy: undefined, loss: expect.any(Number) });
      expect(await storage.read("suspects.tsv")).toBeUndefined();
    }
  });

  it("counts as training in the reports, with a model card", async () => {
    const { storage } = await runToEnd(options);
    const text = async (name: string) => new TextDecoder().decode(await storage.read(name));
    expect(await text("README.md")).toContain("## How to use the model");
    expect(await text("report.html")).toContain("Report of a training run");
  });

  it("reports no training loss if there are too few rows for cross-validation", async () => {
    const { storage } = await runToEnd({ ...options, train: examples(2), evaluation: examples(2) });
    const results = new TextDecoder().decode(await storage.read("eval_results.txt"));
    expect(results).toContain("eval_loss = ");
    expect(results).not.toMatch(/^loss = |NaN/m);
  });

  it("is deterministic", async () => {
    const [a, b] = [await runToEnd(options), await runToEnd(options)];
    expect(await a.storage.read("model.safetensors")).toEqual(await b.storage.read("model.safetensors"));
  });

  it("stops when the signal is aborted", async () => {
    const controller = new AbortController();
    const trainer = await createTrainer(options);
    const reason = new Error("aborted by the test");
    const run = async () => {
      for await (const event of trainer.run({ signal: controller.signal }))
        if (event.type === "fit") controller.abort(reason);
    };
    await expect(run()).rejects.toBe(reason);
  });

  it.each([
    ["learningRate", { learningRate: 1e-3 }, "--learning-rate"],
    ["maxSteps", { maxSteps: 2 }, "--max-steps"],
    ["metric", { metric: "accuracy" }, "--metric"],
    ["baseline", { baseline: true }, "--baseline"],
  ] as const)("rejects %s, which has no effect", async (name, conflict, flag) => {
    await expect(createTrainer({ ...options, ...conflict })).rejects.toMatchObject({
      code: "options/head-only",
      message: expect.stringContaining(`${name} (${flag})`),
    });
  });

  it("lists rows that are probably mislabeled", async () => {
    const train = examples(60).map((example, i) =>
      i === 7 ? { ...example, label: example.label === "good" ? "bad" : "good" } : example,
    );
    const { storage } = await runToEnd({ ...options, train });
    const [header, first] = new TextDecoder().decode(await storage.read("suspects.tsv")).split("\n");
    expect(header).toBe("rank\tid\tlabel\tsuggested\tconfidence\ttext");
    expect(first).toContain(`\t${train[7]!.label}\t`);
    expect(first!.split("\t").at(-1)).toBe(train[7]!.text);
    const lines = new TextDecoder()
      .decode(await storage.read("suspects.jsonl"))
      .trimEnd()
      .split("\n");
    expect(lines.length).toBeLessThanOrEqual(6);
    expect(JSON.parse(lines[0]!)).toMatchObject({ text: train[7]!.text, label: train[7]!.label });
  });
});

describe("baseline", () => {
  const fineTuned = { ...options, headOnly: false, epochs: 2, batchSize: 8, checkpointSteps: 3 };

  it("is the result of headOnly, and does not change the fine-tuned model", async () => {
    const withBaseline = await runToEnd({ ...fineTuned, baseline: true });
    const without = await runToEnd(fineTuned);
    expect(await withBaseline.storage.read("model.safetensors")).toEqual(
      await without.storage.read("model.safetensors"),
    );
    const { baseline } = await jsonOf(withBaseline.storage, "eval_results.json");
    const head = await jsonOf((await runToEnd(options)).storage, "eval_results.json");
    expect(baseline).toMatchObject({
      ...{ method: "linear probe", set: "dev", examples: 40 },
      ...{ accuracy: head.eval_accuracy, macro_f1: head.eval_macro_f1 },
    });
    expect((await jsonOf(without.storage, "eval_results.json")).baseline).toBeUndefined();
  });

  it("is compared with the fine-tuned model, with a warning if fine-tuning is worse", async () => {
    const { events } = await runToEnd({ ...fineTuned, baseline: true, learningRate: 0 });
    const note = events.find((event) => event.type === "note" && event.message.startsWith("linear probe: accuracy "));
    expect(note).toMatchObject({ level: "warning", message: expect.stringMatching(/ in \d+\.\d s; fine-tuned: \d/) });
  });

  it("is kept when the run is interrupted and resumed", async () => {
    const controller = new AbortController();
    const trainer = await createTrainer({ ...fineTuned, baseline: true });
    const interrupted = async () => {
      for await (const event of trainer.run({ signal: controller.signal }))
        if (event.type === "step" && event.step === 4) controller.abort();
    };
    await expect(interrupted()).rejects.toThrow();
    const { storage } = trainer;
    const resumed = await runToEnd({ ...fineTuned, baseline: true, storage, resume: true });
    const complete = await runToEnd({ ...fineTuned, baseline: true });
    const [a, b] = [
      await jsonOf(resumed.storage, "eval_results.json"),
      await jsonOf(complete.storage, "eval_results.json"),
    ];
    expect({ ...(a.baseline as object), seconds: 0 }).toEqual({ ...(b.baseline as object), seconds: 0 });
    expect(await storage.read("data/baseline.json")).toBeUndefined();
  });
});

async function jsonOf(storage: Storage, path: string): Promise<Record<string, unknown>> {
  return JSON.parse(new TextDecoder().decode(await storage.read(path))) as Record<string, unknown>;
}
