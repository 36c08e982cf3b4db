import { Random } from "@bertie/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batches } from "./batches.ts";
import { batchShapes, chooseLengths } from "./lengths.ts";
import { bucketByLength, epochOrder } from "./order.ts";

/** Returns the cost of padded lengths: all padded tokens, and one batch of the longest rows per length. */
function costOf(lengths: readonly number[], rows: readonly number[], batchSize: number): number {
  const padded = rows.map((row) => lengths.find((length) => length >= row)!);
  return padded.reduce((a, b) => a + b, 0) + lengths.length * batchSize * lengths.at(-1)!;
}

describe("chooseLengths()", () => {
  it("finds the cheapest of all sets of multiples of 8 up to maxLength", () => {
    const someRows = fc.array(fc.integer({ min: 1, max: 45 }), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(
        someRows,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 6 }),
        (rows, batchSize, maxCount) => {
          const chosen = chooseLengths(rows, { batchSize, maxLength: 45, maxCount });
          const last = Math.min(45, 8 * Math.ceil(Math.max(...rows) / 8));
          const shorter = [8, 16, 24, 32, 40].filter((length) => length < last);
          const subsets = Array.from({ length: 2 ** shorter.length }, (_, bits) =>
            shorter.filter((_, i) => (bits >> i) % 2 === 1),
          );
          const costs = subsets
            .filter(({ length }) => length < maxCount)
            .map((set) => costOf([...set, last], rows, batchSize));
          expect(chosen.at(-1)).toBe(last);
          expect(chosen.length).toBeLessThanOrEqual(maxCount);
          expect(costOf(chosen, rows, batchSize)).toBe(Math.min(...costs));
        },
      ),
    );
  });

  it("returns one length if more lengths would not save padding, and several if they do", () => {
    expect(chooseLengths([5, 20, 30], { batchSize: 8, maxLength: 64 })).toEqual([32]);
    expect(chooseLengths([3], { batchSize: 8, maxLength: 5 })).toEqual([5]);
    const rows = [...new Array(1000).fill(10), ...new Array(1000).fill(60)];
    expect(chooseLengths(rows, { batchSize: 32, maxLength: 64 })).toEqual([16, 64]);
  });

  it("accepts any number of rows", () => {
    expect(chooseLengths(new Array(200_000).fill(8), { batchSize: 32, maxLength: 64 })).toEqual([8]);
  });
});

describe("batchShapes()", () => {
  it("returns the shapes of the batches of all epochs", () => {
    const draw = new Random(3, "lengths");
    for (const [count, batchSize] of [
      [200, 32],
      [192, 32],
      [7, 8],
      [0, 8],
    ] as const) {
      const features = Array.from({ length: count }, () => {
        const ids = new Int32Array(1 + draw.nextInt(64));
        return { inputIds: ids, inputMask: ids, segmentIds: ids, labelId: 0 };
      });
      const plan = { batchSize, lengths: [16, 40, 64] };
      const shapes = batchShapes(count, plan).map(({ size, length }) => `${size} ${length}`);
      const seen = new Set<string>();
      for (let epoch = 0; epoch < 5; epoch++) {
        const order = bucketByLength(epochOrder(count, draw), features, plan, draw);
        for (const { size, length } of batches(features, { batchSize, order, padTo: plan.lengths }))
          seen.add(`${size} ${length}`);
      }
      expect(new Set(shapes)).toEqual(seen);
    }
  });
});
