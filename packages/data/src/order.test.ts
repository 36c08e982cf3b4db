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
  it("is the order of the rows without a generator", () => {
    expect(epochOrder(4, undefined)).toEqual([0, 1, 2, 3]);
    expect(epochOrder(0, undefined)).toEqual([]);
  });

  it("is the same for the same seed, another each epoch, and holds every row once", () => {
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
  it("holds every row once, and leaves the rows that fill no batch at the end", () => {
    fc.assert(
      fc.property(someLengths, somePlan, fc.integer(), (lengths, plan, seed) => {
        const order = epochOrder(lengths.length, new Random(seed, "shuffle"));
        for (const random of [undefined, new Random(seed, "bucket")]) {
          const bucketed = bucketByLength(order, featuresOfLengths(lengths), plan, random);
          expect(sorted(bucketed)).toEqual(sorted(order));
          const left = order.length % plan.batchSize;
          expect(bucketed.slice(order.length - left)).toEqual(order.slice(order.length - left));
        }
      }),
    );
  });

  it("mixes two lengths in at most one batch a length", () => {
    fc.assert(
      fc.property(someLengths, somePlan, (lengths, plan) => {
        const features = featuresOfLengths(lengths);
        const order = bucketByLength(epochOrder(lengths.length, undefined), features, plan, undefined);
        const all = [...batches(features, { ...plan, order, padTo: plan.lengths })];
        const paddedAlone = (row: number) => plan.lengths.find((length) => length >= lengths[row]!);
        const mixed = all.filter(
          ({ rows, size }) => size === plan.batchSize && new Set(rows.map(paddedAlone)).size > 1,
        );
        expect(mixed.length).toBeLessThan(plan.lengths.length);
      }),
    );
  });

  it("leaves the order as it is where there is one length", () => {
    const order = epochOrder(50, new Random(1, "shuffle"));
    const features = featuresOfLengths(order);
    expect(bucketByLength(order, features, { batchSize: 8, lengths: [50] }, new Random(2, "bucket"))).toEqual(order);
  });

  it("needs little padding, and shuffles short and long batches, as a seed says", () => {
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

  it("puts each row into the last, smaller batch as often as any other", () => {
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
  it("visits every row once, and none more than 64 batches from its place", () => {
    fc.assert(
      fc.property(someLengths, somePlan, (lengths, plan) => {
        const order = evaluationOrder(featuresOfLengths(lengths), plan);
        expect(sorted(order)).toEqual(epochOrder(lengths.length, undefined));
        const stretch = 64 * plan.batchSize;
        for (const [at, row] of order.entries()) expect(Math.floor(at / stretch)).toBe(Math.floor(row / stretch));
      }),
    );
  });
});
