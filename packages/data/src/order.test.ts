import { Random } from "@bertie/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batches } from "./batches.ts";
import type { InputFeatures } from "./features.ts";
import { bucketByLength, epochOrder } from "./order.ts";

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

describe("bucketByLength()", () => {
  it("holds every row once, and leaves the rows that fill no batch at the end", () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 300 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 4 }), fc.integer(), (lengths, batchSize, seed) => {
        const order = epochOrder(lengths.length, new Random(seed, "shuffle"));
        for (const random of [undefined, new Random(seed, "bucket")]) {
          const bucketed = bucketByLength(order, featuresOfLengths(lengths), batchSize, random);
          expect(sorted(bucketed)).toEqual(sorted(order));
          const left = order.length % batchSize;
          expect(bucketed.slice(order.length - left)).toEqual(order.slice(order.length - left));
        }
      }),
    );
  });

  it("needs little padding, and shuffles short and long batches", () => {
    const draw = new Random(1, "lengths");
    const features = featuresOfLengths(Array.from({ length: 2048 }, () => 1 + draw.nextInt(128)));
    const tokens = features.reduce((sum, { inputIds }) => sum + inputIds.length, 0);
    const random = new Random(42, "shuffle");
    const order = bucketByLength(epochOrder(features.length, random), features, 32, random);
    const lengths = [...batches(features, { batchSize: 32, order, padTo: "longest" })].map(({ length }) => length);
    const padded = 32 * lengths.reduce((sum, length) => sum + length);
    expect(padded / tokens).toBeLessThan(1.03); // in random order: 1.9
    expect(lengths).not.toEqual(sorted(lengths));
  });
});
