import { createOnnxExecutor, createReferenceExecutor, type Executor } from "@bertie/engine";
import { describe, expect, it } from "vitest";
import { classify } from "./evaluate.ts";
import { prepareInference } from "./inference.ts";
import { randomBatch, randomParameters, tinyClassifier, withParameters } from "./testing/tiny-classifier.ts";

const classifier = tinyClassifier(0.5);
const shapes = [
  [1, 1],
  [1, 16],
  [3, 11],
  [7, 5],
  [64, 2],
] as const;

async function expected(size: number, length: number): Promise<Float32Array> {
  const executor = await withParameters(createReferenceExecutor(), classifier);
  for await (const { logits } of classify(executor, classifier, [randomBatch(size, size, length)])) return logits;
  throw new Error("no batch");
}

const executors: readonly [string, () => Promise<Executor>, boolean][] = [
  ["onnx", () => createOnnxExecutor(), true],
  ["onnx-web", () => createOnnxExecutor({ runtime: "web" }), true],
  ["reference", async () => createReferenceExecutor(), false],
];

describe.each(executors)("prepareInference() on %s", (_, create, isFrozen) => {
  it("returns the reference engine's logits for batches of all shapes", async () => {
    const executor = await create();
    const inference = await prepareInference(executor, classifier, randomParameters(classifier), { maxLength: 16 });
    expect(inference.isFrozen).toBe(isFrozen);
    for (const [size, length] of shapes) {
      const logits = await inference.logits(randomBatch(size, size, length));
      const reference = await expected(size, length);
      expect(logits).toHaveLength(reference.length);
      for (const [i, value] of logits.entries()) expect(value).toBeCloseTo(reference[i]!, 5);
    }
    await inference.dispose();
    await executor.dispose();
  });

  it("throws if logits are NaN", async () => {
    const executor = await create();
    const broken = new Map(randomParameters(classifier)).set("output.bias", new Float32Array(3).fill(Number.NaN));
    const inference = await prepareInference(executor, classifier, broken, { maxLength: 16 });
    await expect(inference.logits(randomBatch(1, 2))).rejects.toMatchObject({ code: "classify/not-a-number" });
    await executor.dispose();
  });
});

it("prepareInference() writes parameters into the executor's state if it cannot compile them as constants", async () => {
  const executor = createReferenceExecutor();
  const values = randomParameters(classifier);
  await prepareInference(executor, classifier, values, { maxLength: 16 });
  expect((await executor.read("output.bias")).data).toEqual(values.get("output.bias"));
});
