import { Random } from "@bertie/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batches, countBatches, makeBatch } from "./batches.ts";
import type { InputFeatures } from "./features.ts";
import { epochOrder } from "./order.ts";

const feature = (ids: number[], labelId?: number): InputFeatures => ({
  inputIds: Int32Array.from(ids),
  inputMask: new Int32Array(ids.length).fill(1),
  segmentIds: Int32Array.from(ids, (_, i) => i % 2),
  labelId,
});
const someFeatures = fc.array(
  fc.array(fc.integer({ min: 1, max: 30000 }), { minLength: 1, maxLength: 20 }).map((ids) => feature(ids, ids.length)),
  { maxLength: 40 },
);
const batchSizes = fc.integer({ min: 1, max: 12 });

describe("countBatches()", () => {
  it("counts an incomplete last batch", () => {
    expect([0, 1, 31, 32, 33].map((count) => countBatches(count, 32))).toEqual([0, 1, 1, 1, 2]);
  });

  it.each([0, -1, 1.5, Number.NaN])("rejects a batch size of %s", (batchSize) => {
    expect(() => countBatches(10, batchSize)).toThrow(expect.objectContaining({ code: "config/batch-size" }));
  });
});

describe("makeBatch()", () => {
  const features = [feature([5, 6, 7], 1), feature([8]), feature([9, 9, 9, 9, 9], 0)];

  it("pads each row with 0 to the longest row, and uses label −1 for rows without a label", () => {
    expect(makeBatch(features, [1, 0], { padTo: "longest" })).toEqual({
      size: 2,
      length: 3,
      inputIds: Int32Array.of(8, 0, 0, 5, 6, 7),
      inputMask: Int32Array.of(1, 0, 0, 1, 1, 1),
      segmentIds: Int32Array.of(0, 0, 0, 0, 1, 0),
      labelIds: Int32Array.of(-1, 1),
      rows: [1, 0],
    });
  });

  it("pads to the smallest listed length that fits the rows", () => {
    const length = (...rows: number[]) => makeBatch(features, rows, { padTo: [1, 4, 9] }).length;
    expect([length(1), length(0), length(0, 1), length(2), length(0, 2)]).toEqual([1, 4, 4, 9, 9]);
  });

  it("pads to a fixed length", () => {
    expect(makeBatch(features, [1], { padTo: 128 }).length).toBe(128);
  });

  it("rejects a row that is longer than the padded length", () => {
    const tooLong = expect.objectContaining({
      code: "input/too-long",
      message: expect.stringMatching(/^row 2: expected at most 4 tokens, found 5\./),
    });
    expect(() => makeBatch(features, [0, 2], { padTo: 4 })).toThrow(tooLong);
    expect(() => makeBatch(features, [0, 2], { padTo: [2, 4] })).toThrow(tooLong);
  });
});

describe("batches()", () => {
  it("yields each row exactly once per epoch, in order, with an incomplete last batch", () => {
    fc.assert(
      fc.property(someFeatures, batchSizes, fc.integer(), (features, batchSize, seed) => {
        const order = epochOrder(features.length, new Random(seed, "shuffle"));
        const all = [...batches(features, { batchSize, order, padTo: "longest" })];
        expect(all.flatMap(({ rows }) => rows)).toEqual(order);
        expect(all.length).toBe(countBatches(features.length, batchSize));
        expect(all.slice(0, -1).every(({ size }) => size === batchSize)).toBe(true);
        expect(all.every(({ size, rows }) => size === rows.length && size > 0)).toBe(true);
      }),
    );
  });

  it("truncates no row, pads with 0, and pads an incomplete last batch to the largest length", () => {
    fc.assert(
      fc.property(
        someFeatures,
        batchSizes,
        fc.constantFrom([20], [3, 20], [4, 8, 12, 20]),
        (features, size, lengths) => {
          for (const batch of batches(features, { batchSize: size, padTo: lengths })) {
            const longest = Math.max(...batch.rows.map((row) => features[row]!.inputIds.length));
            const expected = batch.size < size ? 20 : lengths.find((length) => length >= longest);
            expect(batch.length).toBe(expected);
            batch.rows.forEach((row, i) => {
              const padded = (values: Int32Array) => [...values, ...Array(batch.length - values.length).fill(0)];
              const at = (values: Int32Array) => [...values.subarray(i * batch.length, (i + 1) * batch.length)];
              expect(at(batch.inputIds)).toEqual(padded(features[row]!.inputIds));
              expect(at(batch.inputMask)).toEqual(padded(features[row]!.inputMask));
              expect(at(batch.segmentIds)).toEqual(padded(features[row]!.segmentIds));
              expect(batch.labelIds[i]).toBe(features[row]!.labelId);
            });
          }
        },
      ),
    );
  });

  it("resumes from any batch of an epoch when the random state is restored", () => {
    const features = Array.from({ length: 23 }, (_, i) => feature([i + 1], 0));
    const random = new Random(42, "shuffle");
    epochOrder(features.length, random); // the first epoch
    const { state } = random;
    const uninterrupted = [...batches(features, { batchSize: 4, padTo: 8, order: epochOrder(23, random) })];
    for (let firstBatch = 0; firstBatch <= uninterrupted.length; firstBatch++) {
      const order = epochOrder(23, Random.fromState(state));
      expect([...batches(features, { batchSize: 4, padTo: 8, order, firstBatch })]).toEqual(
        uninterrupted.slice(firstBatch),
      );
    }
  });
});
