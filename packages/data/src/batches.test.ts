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
  it("counts the last, smaller batch", () => {
    expect([0, 1, 31, 32, 33].map((count) => countBatches(count, 32))).toEqual([0, 1, 1, 1, 2]);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses a batch size of %s", (batchSize) => {
    expect(() => countBatches(10, batchSize)).toThrow(expect.objectContaining({ code: "config/batch-size" }));
  });
});

describe("makeBatch()", () => {
  const features = [feature([5, 6, 7], 1), feature([8]), feature([9, 9, 9, 9, 9], 0)];

  it("pads with 0 to the longest row, row by row, with label −1 where there is none", () => {
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

  it("rounds the length up to a multiple, but not beyond maxLength", () => {
    const length = (maxLength?: number) =>
      makeBatch(features, [2], { padTo: "longest", multipleOf: 4, ...(maxLength && { maxLength }) }).length;
    expect(length()).toBe(8);
    expect(length(7)).toBe(7);
    expect(length(5)).toBe(5);
  });

  it("pads to a fixed length", () => {
    expect(makeBatch(features, [1], { padTo: 128 }).length).toBe(128);
  });

  it("refuses a row that would be cut", () => {
    const tooLong = expect.objectContaining({
      code: "input/too-long",
      message: expect.stringMatching(/^row 2 has 5 tokens and batches have 4;/),
    });
    expect(() => makeBatch(features, [0, 2], { padTo: 4 })).toThrow(tooLong);
    expect(() => makeBatch(features, [0, 2], { padTo: "longest", maxLength: 4 })).toThrow(tooLong);
  });
});

describe("batches()", () => {
  it("gives each row exactly once an epoch, in order, the last batch smaller", () => {
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

  it("cuts no row, and pads with nothing but 0", () => {
    fc.assert(
      fc.property(someFeatures, batchSizes, fc.integer({ min: 1, max: 8 }), (features, batchSize, multipleOf) => {
        for (const batch of batches(features, { batchSize, padTo: "longest", multipleOf, maxLength: 20 })) {
          const longest = Math.max(...batch.rows.map((row) => features[row]!.inputIds.length));
          expect(batch.length).toBe(Math.min(20, Math.ceil(longest / multipleOf) * multipleOf));
          batch.rows.forEach((row, i) => {
            const padded = (values: Int32Array) => [...values, ...Array(batch.length - values.length).fill(0)];
            const at = (values: Int32Array) => [...values.subarray(i * batch.length, (i + 1) * batch.length)];
            expect(at(batch.inputIds)).toEqual(padded(features[row]!.inputIds));
            expect(at(batch.inputMask)).toEqual(padded(features[row]!.inputMask));
            expect(at(batch.segmentIds)).toEqual(padded(features[row]!.segmentIds));
            expect(batch.labelIds[i]).toBe(features[row]!.labelId);
          });
        }
      }),
    );
  });

  it("goes on from any batch of an epoch as if never stopped, from the generator's state before it", () => {
    const features = Array.from({ length: 23 }, (_, i) => feature([i + 1], 0));
    const random = new Random(42, "shuffle");
    epochOrder(features.length, random); // the first epoch
    const { state } = random;
    const whole = [...batches(features, { batchSize: 4, padTo: 8, order: epochOrder(23, random) })];
    for (let firstBatch = 0; firstBatch <= whole.length; firstBatch++) {
      const order = epochOrder(23, Random.fromState(state));
      expect([...batches(features, { batchSize: 4, padTo: 8, order, firstBatch })]).toEqual(whole.slice(firstBatch));
    }
  });
});
