import { Random } from "@bertie/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batches } from "./batches.ts";
import type { InputFeatures } from "./features.ts";
import { bucketByLength, epochOrder, evaluationOrder } from "./order.ts";

const featuresOfLengths = (lengths: number[]): InputFeatures[] =>
  lengths.map((length) => ({
    inputIds: new Int32Array(length),
    inputMask: new Int32Array(length).fill(1),
    segmentIds: new Int32Array(length),
    labelId: 0,
  }));
const sorted = (order: number[]) => order.slice().sort((a, b) => a - b);

describe("epochOrder()", () => {
  it("returns ascending rows without a random generator", () => {
    expect(epochOrder(4, undefined)).toEqual([0, 1, 2, 3]);
    expect(epochOrder(0, undefined)).toEqual([]);
  });

  it("returns every row once, in an order that depends on the seed and the epoch", () => {
    const random = new Random(42, "shuffle");
    const [first, second] = [epochOrder(100, random), epochOrder(100, random)];
    expect(first).not.toEqual(second);
    expect(epochOrder(100, new Random(42, "shuffle"))).toEqual(first);
    expect(sorted(first)).toEqual(epochOrder(100, undefined));
  });
});

const someLengths = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 300 });
const somePlan = fc.record({
  batchSize: fc.integer({ min: 1, max: 4 }),
  lengths: fc.constantFrom([50], [10, 50], [8, 16, 24, 50]),
});

describe("bucketByLength()", () => {
  it("returns every row once, and keeps the rows of the incomplete batch at the end", () => {
    fc.assert(
      fc.property(someLengths, somePlan, fc.integer(), (lengths, plan, seed) => {
        const order = epochOrder(lengths.length, new Random(seed, "shuffle"));
        for (const random of [undefined, new Random(seed, "bucket")]) {
          const bucketed = bucketByLength(order, featuresOfLengths(lengths), plan, random);
          expect(sorted(bucketed)).toEqual(sorted(order));
          const remaining = order.length % plan.batchSize;
          expect(bucketed.slice(order.length - remaining)).toEqual(order.slice(order.length - remaining));
        }
      }),
    );
  });

  it("mixes two lengths in at most one batch per length", () => {
    fc.assert(
      fc.property(someLengths, somePlan, (lengths, plan) => {
        const features = featuresOfLengths(lengths);
        const order = bucketByLength(epochOrder(lengths.length, undefined), features, plan, undefined);
        const all = [...batches(features, { ...plan, order, padTo: plan.lengths })];
        const paddedLengthOf = (row: number) => plan.lengths.find((length) => length >= lengths[row]!);
        const mixed = all.filter(
          ({ rows, size }) => size === plan.batchSize && new Set(rows.map(paddedLengthOf)).size > 1,
        );
        expect(mixed.length).toBeLessThan(plan.lengths.length);
      }),
    );
  });

  it("keeps the order if there is only one length", () => {
    const order = epochOrder(50, new Random(1, "shuffle"));
    const features = featuresOfLengths(order);
    expect(bucketByLength(order, features, { batchSize: 8, lengths: [50] }, new Random(2, "bucket"))).toEqual(order);
  });

  it("needs little padding, and shuffles short and long batches by the seed", () => {
    const draw = new Random(1, "lengths");
    const features = featuresOfLengths(Array.from({ length: 2048 }, () => 1 + draw.nextInt(128)));
    const lengths = [16, 32, 48, 64, 80, 96, 112, 128];
    const epoch = (seed: number) => {
      const random = new Random(seed, "shuffle");
      return bucketByLength(epochOrder(features.length, random), features, { batchSize: 32, lengths }, random);
    };
    const all = [...batches(features, { batchSize: 32, order: epoch(42), padTo: lengths })];
    const tokens = features.reduce((sum, { inputIds }) => sum + inputIds.length, 0);
    const padded = all.reduce((sum, { size, length }) => sum + size * length, 0);
    expect(padded / tokens).toBeLessThan(1.15); // in random order: 1.9
    const inOrder = all.map(({ length }) => length);
    expect(inOrder).not.toEqual(sorted(inOrder));
    expect(epoch(42)).toEqual(epoch(42));
    expect(epoch(43)).not.toEqual(epoch(42));
  });

  it("puts every row into the incomplete last batch equally often", () => {
    const features = featuresOfLengths([3, 3, 3, 8, 8, 8, 8]);
    const random = new Random(7, "shuffle");
    const atEnd = features.map(() => 0);
    for (let epoch = 0; epoch < 7000; epoch++) {
      const plan = { batchSize: 3, lengths: [4, 8] };
      atEnd[bucketByLength(epochOrder(7, random), features, plan, random).at(-1)!]!++;
    }
    for (const count of atEnd) expect(Math.abs(count - 1000)).toBeLessThan(150); // five standard deviations
  });
});

describe("evaluationOrder()", () => {
  it("visits every row once, within its window of 64 batches", () => {
    fc.assert(
      fc.property(someLengths, somePlan, (lengths, plan) => {
        const order = evaluationOrder(featuresOfLengths(lengths), plan);
        expect(sorted(order)).toEqual(epochOrder(lengths.length, undefined));
        const window = 64 * plan.batchSize;
        for (const [at, row] of order.entries()) expect(Math.floor(at / window)).toBe(Math.floor(row / window));
      }),
    );
  });
});
