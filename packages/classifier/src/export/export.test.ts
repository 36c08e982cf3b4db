import { openOnnxModel } from "@bertie/engine";
import { expect, it } from "vitest";
import { memoryStorage } from "../storage/memory.ts";
import { examples, tinyModel } from "../testing/tiny-model.ts";
import { TextClassifier } from "../text-classifier.ts";

const files = tinyModel({ labels: ["good", "bad"], record: {} });
const load = () => TextClassifier.load({ name: "tiny", read: async (path: string) => files.get(path) });

it("export() writes ONNX files that agree with the classifier, and compares them", async () => {
  await using classifier = await load();
  const storage = memoryStorage();
  const texts = examples(20).map(({ text }) => text);
  const result = await classifier.export(storage, { check: examples(20), calibration: texts, readme: "# Card\n" });
  expect(result.files.map(({ path }) => path)).toEqual([
    "onnx/model.onnx",
    "onnx/model_fp16.onnx",
    "onnx/model_quantized.onnx",
  ]);
  const differences = result.files.map(({ check }) => check!.largestDifference);
  expect(differences[0]).toBeLessThan(1e-5);
  expect(differences[1]).toBeLessThan(2e-3);
  expect(differences[2]).toBeLessThan(0.1);
  expect(result.files[0]!.check).toMatchObject({ examples: 20, changed: 0, accuracy: result.original!.accuracy });
  for (const name of ["config.json", "tokenizer.json", "vocab.txt", "README.md"])
    expect(await storage.read(name)).toBeDefined();
  const session = await openOnnxModel((await storage.read("onnx/model.onnx"))!);
  expect(session.inputs).toEqual(["input_ids", "attention_mask", "token_type_ids"]);
  await session.dispose();
});

it("export() writes weights in half precision that load again", async () => {
  await using classifier = await load();
  for (const [format, dtype] of [
    ["safetensors", "fp16"],
    ["pytorch", "bf16"],
  ] as const) {
    const storage = memoryStorage();
    await classifier.export(storage, { format, dtypes: [dtype] });
    await using half = await TextClassifier.load(storage);
    const [[expected], [actual]] = [await classifier.classify(["good room"]), await half.classify(["good room"])];
    expect(actual![0]!.label).toBe(expected![0]!.label);
    expect(actual![0]!.score).toBeCloseTo(expected![0]!.score, 1);
  }
});

it("export() rejects data types that a format does not have, and labels that the model does not have", async () => {
  await using classifier = await load();
  for (const options of [{ dtypes: ["bf16"] }, { format: "safetensors", dtypes: ["int8"] }, { dtypes: [] }] as const)
    await expect(classifier.export(memoryStorage(), options)).rejects.toMatchObject({ code: "options/value" });
  const check = [{ text: "good", label: "excellent" }];
  await expect(classifier.export(memoryStorage(), { check })).rejects.toMatchObject({
    code: "input/unknown-label",
    message: expect.stringContaining("--on-bad-row skip"),
  });
});

it("export() skips rows of the check with unknown labels if bad rows are skipped, and says so", async () => {
  await using classifier = await load();
  const rows = ["label,text", "good,good room", "excellent,good room", "bad,bad room", "good,room"];
  const file = new TextEncoder().encode(`${rows.join("\n")}\n`);
  const options = { dtypes: ["fp32"], check: { file, onBadRow: "skip" } } as const;
  const { files, notes } = await classifier.export(memoryStorage(), options);
  expect(files[0]!.check).toMatchObject({ examples: 3, changed: 0 });
  expect(notes.map(({ message }) => message).join("\n")).toMatch(/1 bad row/);
});

it("export() names the remedy if the model's labels have no names", async () => {
  const files = tinyModel({ labels: ["LABEL_0", "LABEL_1"] });
  await using classifier = await TextClassifier.load({ name: "tiny", read: async (path) => files.get(path) });
  await expect(classifier.export(memoryStorage(), { check: examples(4) })).rejects.toMatchObject({
    code: "input/unknown-label",
    message: expect.stringContaining('write the names to "id2label" in its config.json'),
  });
});
