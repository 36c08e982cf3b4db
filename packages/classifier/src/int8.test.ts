import { createReferenceExecutor } from "@bertie/engine";
import { describe, expect, it } from "vitest";
import { comparePrecisions } from "./compare-precisions.ts";
import type { LabelScore } from "./explain/explanation.ts";
import { memoryStorage } from "./storage/memory.ts";
import { tinyModel } from "./testing/tiny-model.ts";
import { TextClassifier } from "./text-classifier.ts";

const labels = ["bad", "good", "so-so"];
const texts = ["the room is good", "房间很好", "", "bad ".repeat(30), "not unclean, is the room?", "[MASK]", "good"];

describe("TextClassifier with int8", () => {
  // The matrices are large enough to be multiplied in 8 bits.
  const config = { hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 64 };
  const larger = tinyModel({ labels, record: {}, config, spread: 0.2 });
  const open = (precision: "fp32" | "int8") =>
    TextClassifier.load(larger, { engine: "onnx", device: "cpu", threads: 1, precision });
  const sorted = (result: readonly LabelScore[]) =>
    labels.map((label) => result.find((each) => each.label === label)!.score);

  it("returns scores close to those of fp32, which do not depend on the batch, and says that it is int8", async () => {
    await using exact = await open("fp32");
    await using int8 = await open("int8");
    expect([exact.notes, int8.notes]).toEqual([[], [expect.stringMatching(/^int8: /)]]);
    const [expected, actual] = [await exact.classify(texts), await int8.classify(texts)];
    const differences = actual.flatMap((result, i) =>
      sorted(result).map((score, k) => Math.abs(score - sorted(expected[i]!)[k]!)),
    );
    expect(Math.max(...differences)).toBeLessThan(0.03);
    expect(Math.max(...differences)).toBeGreaterThan(1e-5);
    for (const [i, text] of texts.entries()) {
      const alone = sorted(await int8.classify(text));
      for (const [k, score] of sorted(actual[i]!).entries()) expect(alone[k]).toBeCloseTo(score, 5);
    }
  });

  it("evaluates in 8 bits, too, and saves and exports the exact weights", async () => {
    await using exact = await open("fp32");
    await using int8 = await open("int8");
    const rows = texts.map((text, i) => ({ text, label: labels[i % 3]! }));
    const scores = await int8.classify(texts);
    const loss = rows.reduce((sum, { label }, i) => {
      return sum - Math.log(scores[i]!.find((each) => each.label === label)!.score);
    }, 0);
    const evaluation = await int8.evaluate(rows);
    expect(evaluation.loss).toBeCloseTo(loss / rows.length, 4);
    expect(evaluation.loss).not.toBe((await exact.evaluate(rows)).loss);
    const [first, second] = [memoryStorage(), memoryStorage()];
    await exact.save(first);
    await int8.save(second);
    expect(await second.read("model.safetensors")).toEqual(await first.read("model.safetensors"));
    expect((await int8.evaluate(rows)).loss).toBe(evaluation.loss);
  });

  it("is compared with fp32 by comparePrecisions(), in accuracy, labels and time", async () => {
    await using exact = await open("fp32");
    const best = (await exact.classify(texts)).map(([first]) => first!.label);
    const rows = texts.map((text, i) => ({
      text,
      label: i === 0 ? labels.find((each) => each !== best[0])! : best[i]!,
    }));
    const options = { engine: "onnx", device: "cpu", threads: 1 } as const;
    const { results } = await comparePrecisions(larger, rows, options);
    expect(results).toMatchObject([
      {
        precision: "fp32",
        engine: "onnx",
        device: "cpu",
        examples: 7,
        accuracy: 6 / 7,
        changed: 0,
        largestDifference: 0,
      },
      { precision: "int8", engine: "onnx", device: "cpu", examples: 7 },
    ]);
    expect(results[1]!.largestDifference).toBeGreaterThan(0);
    for (const { msPerText } of results) expect(msPerText).toBeGreaterThan(0);
    await expect(comparePrecisions(larger, rows, { precisions: ["int4" as "int8"] })).rejects.toMatchObject({
      code: "options/value",
    });
    await expect(comparePrecisions(larger, rows, { engine: "reference" })).rejects.toMatchObject({
      code: "engine/precision",
    });
  });

  it("rejects engines without int8, also an executor of the caller", async () => {
    const executor = createReferenceExecutor();
    for (const options of [{ engine: "reference" }, { device: "webgpu" }, { executor }] as const)
      await expect(TextClassifier.load(larger, { ...options, precision: "int8" })).rejects.toMatchObject({
        code: "engine/precision",
        message: expect.stringContaining("--precision int8"),
      });
    await executor.dispose();
  });
});
