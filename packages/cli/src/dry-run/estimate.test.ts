import { describe, expect, it } from "vitest";
import { estimateMemory, type ModelSizes, trainingOperations } from "./estimate.ts";

const model = (layers: number, hiddenSize: number, heads: number, vocabSize: number): ModelSizes => ({
  hiddenSize,
  vocabSize,
  numHiddenLayers: layers,
  numAttentionHeads: heads,
  intermediateSize: 4 * hiddenSize,
  maxPositionEmbeddings: 512,
});

describe("estimateMemory()", () => {
  // Peak memory that `bertie bench step --engine onnx` measured, in MiB.
  it.each([
    [model(4, 512, 8, 21128), 8, 64, 818],
    [model(4, 512, 8, 21128), 32, 64, 1073],
    [model(4, 512, 8, 21128), 32, 128, 1511],
    [model(6, 384, 12, 30522), 32, 64, 1170],
    [model(6, 384, 12, 30522), 32, 128, 1863],
    [model(12, 768, 12, 21128), 16, 64, 3109],
  ])("is within 20%% of the measured memory: %j, %i × %i", (sizes, size, length, measured) => {
    const estimated = estimateMemory(sizes, { size, length }) / 2 ** 20;
    expect(Math.abs(estimated / measured - 1)).toBeLessThan(0.2);
  });
});

describe("trainingOperations()", () => {
  it("counts 6 operations per weight and token, and the attention scores", () => {
    const sizes = model(1, 64, 1, 1000);
    expect(trainingOperations(sizes, 10, 32)).toBe(10 * (6 * 12 * 64 * 64 + 12 * 32 * 64));
  });
});
