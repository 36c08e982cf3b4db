import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { type BatchingOptions, evaluationBatches, trainingBatches } from "./batching.ts";
import type { InputFeatures } from "./features.ts";

const draw = new Random(5, "lengths");
const features: readonly InputFeatures[] = Array.from({ length: 301 }, (_, i) => {
  const ids = new Int32Array(3 + draw.nextInt(i % 2 === 0 ? 12 : 60)).fill(i);
  return { inputIds: ids, inputMask: ids.map(() => 1), segmentIds: ids.map(() => 0), labelId: i };
});
const options = { batchSize: 8, maxLength: 64, seed: 42 };
const tokens = features.reduce((sum, { inputIds }) => sum + inputIds.length, 0);
const rows = features.map((_, i) => i);
const shapeOf = ({ size, length }: { size: number; length: number }) => `${size} ${length}`;

describe.each<[string, Partial<BatchingOptions>]>([
  ["the default lengths", {}],
  ["at most three lengths", { paddedLengths: 3 }],
  ["one length", { padding: "max" }],
  ["rows in their original order", { shuffle: false }],
])("trainingBatches() and evaluationBatches() with %s", (_, changes) => {
  it("contain every row once per epoch and only have the announced shapes", () => {
    const training = trainingBatches(features, { ...options, ...changes });
    const evaluation = evaluationBatches(features, { ...options, ...changes });
    for (const { shapes = [], all } of [
      { shapes: training.shapes, all: [...training.epoch(0, 0)] },
      { shapes: training.shapes, all: [...training.epoch(1, 0)] },
      { shapes: evaluation.shapes, all: [...evaluation.batches()] },
    ]) {
      expect(all.flatMap(({ labelIds }) => [...labelIds]).sort((a, b) => a - b)).toEqual(rows);
      expect(all).toHaveLength(training.batchesPerEpoch);
      expect(shapes.map(shapeOf)).toEqual(expect.arrayContaining(all.map(shapeOf)));
      expect(shapes.length).toBeLessThanOrEqual((changes.paddedLengths ?? 6) + 1);
    }
  });
});

describe("trainingBatches()", () => {
  it("draws a new order for each epoch from the seed, and adds little padding", () => {
    const orders = [42, 42, 43].map((seed) => {
      const { epoch } = trainingBatches(features, { ...options, seed });
      return [0, 1].map((index) => [...epoch(index, 0)].map(({ labelIds }) => [...labelIds]));
    });
    expect(orders[0]).toEqual(orders[1]);
    expect(orders[0]).not.toEqual(orders[2]);
    expect(orders[0]![0]).not.toEqual(orders[0]![1]);
    const padded = [...trainingBatches(features, options).epoch(0, 0)].reduce((sum, b) => sum + b.size * b.length, 0);
    expect(padded / tokens).toBeLessThan(1.45); // in the original order: 2
  });

  it("keeps the order of the rows if shuffle is false", () => {
    const { epoch } = trainingBatches(features, { ...options, shuffle: false });
    expect([...epoch(0, 0)].flatMap(({ labelIds }) => [...labelIds])).toEqual(rows);
  });

  it.each([{ epoch: 0 }, { epoch: 1 }, { epoch: 2 }])("resumes within epoch $epoch and at its end", ({ epoch }) => {
    const idsOf = (batches: Iterable<{ readonly labelIds: Int32Array }>) =>
      [...batches].map(({ labelIds }) => [...labelIds]);
    const uninterrupted = trainingBatches(features, options);
    const epochs = [0, 1, 2, 3].map((index) => {
      const states = [uninterrupted.orderState(index)];
      const batches = idsOf(uninterrupted.epoch(index, 0));
      return { batches, states: [...states, uninterrupted.orderState(index)] };
    });
    for (const state of epochs[epoch]!.states) {
      const resumed = trainingBatches(features, options, state);
      expect(idsOf(resumed.epoch(epoch, 3))).toEqual(epochs[epoch]!.batches.slice(3));
      expect(idsOf(resumed.epoch(epoch + 1, 0))).toEqual(epochs[epoch + 1]!.batches);
    }
  });
});
