import { Random } from "@bertie/common";
import type { InputFeatures } from "@bertie/data";
import { describe, expect, it } from "vitest";
import { evaluationBatches, trainingBatches } from "./batching.ts";

const draw = new Random(5, "lengths");
const features: readonly InputFeatures[] = Array.from({ length: 301 }, (_, i) => {
  const ids = new Int32Array(3 + draw.nextInt(i % 2 === 0 ? 12 : 60)).fill(i);
  return { inputIds: ids, inputMask: ids.map(() => 1), segmentIds: ids.map(() => 0), labelId: i };
});
const options = { padding: "longest", maxSeqLength: 64, noShuffle: false, seed: 42 } as const;
const tokens = features.reduce((sum, { inputIds }) => sum + inputIds.length, 0);
const rows = features.map((_, i) => i);
const shapeOf = ({ size, length }: { size: number; length: number }) => `${size} ${length}`;

describe.each([
  ["few lengths", { padding: "longest" }],
  ["one length", { padding: "max" }],
  ["rows in their order", { padding: "longest", noShuffle: true }],
] as const)("batches of %s", (_, asked) => {
  it("have every row once an epoch, and only the shapes that were told, which are few", () => {
    const training = trainingBatches(features, 8, { ...options, ...asked });
    const evaluation = evaluationBatches(features, 8, { ...options, ...asked });
    for (const { shapes = [], all } of [
      { shapes: training.shapes, all: [...training.epoch(0, 0)] },
      { shapes: training.shapes, all: [...training.epoch(1, 0)] },
      { shapes: evaluation.shapes, all: [...evaluation.batches()] },
    ]) {
      expect(all.flatMap(({ labelIds }) => [...labelIds]).sort((a, b) => a - b)).toEqual(rows);
      expect(all).toHaveLength(training.batchesPerEpoch);
      expect(shapes.map(shapeOf)).toEqual(expect.arrayContaining(all.map(shapeOf)));
      expect(shapes.length).toBeLessThanOrEqual(7);
    }
  });
});

describe("trainingBatches()", () => {
  it("come in a new order each epoch, as the seed says, and waste little on padding", () => {
    const orders = [42, 42, 43].map((seed) => {
      const { epoch } = trainingBatches(features, 8, { ...options, seed });
      return [0, 1].map((index) => [...epoch(index, 0)].map(({ labelIds }) => [...labelIds]));
    });
    expect(orders[0]).toEqual(orders[1]);
    expect(orders[0]).not.toEqual(orders[2]);
    expect(orders[0]![0]).not.toEqual(orders[0]![1]);
    const padded = [...trainingBatches(features, 8, options).epoch(0, 0)].reduce(
      (sum, b) => sum + b.size * b.length,
      0,
    );
    expect(padded / tokens).toBeLessThan(1.45); // as they come: 2
  });

  it("leave rows that are not to be shuffled in their order", () => {
    const { epoch } = trainingBatches(features, 8, { ...options, noShuffle: true });
    expect([...epoch(0, 0)].flatMap(({ labelIds }) => [...labelIds])).toEqual(rows);
  });

  it.each([{ epoch: 0 }, { epoch: 1 }, { epoch: 2 }])("go on within epoch $epoch, or at its end", ({ epoch }) => {
    const ids = (some: Iterable<{ readonly labelIds: Int32Array }>) => [...some].map(({ labelIds }) => [...labelIds]);
    const whole = trainingBatches(features, 8, options);
    const epochs = [0, 1, 2, 3].map((index) => {
      const states = [whole.orderState(index)];
      const batches = ids(whole.epoch(index, 0));
      return { batches, states: [...states, whole.orderState(index)] };
    });
    for (const state of epochs[epoch]!.states) {
      const rest = trainingBatches(features, 8, options, state);
      expect(ids(rest.epoch(epoch, 3))).toEqual(epochs[epoch]!.batches.slice(3));
      expect(ids(rest.epoch(epoch + 1, 0))).toEqual(epochs[epoch + 1]!.batches);
    }
  });
});
