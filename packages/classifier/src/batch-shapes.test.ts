import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupByLength, LARGEST_BATCH } from "./batch-shapes.ts";

const settings = fc.integer({ min: 2, max: 700 }).chain((maxLength) =>
  fc.record({
    maxLength: fc.constant(maxLength),
    lengths: fc.array(fc.integer({ min: 2, max: maxLength }), { maxLength: 200 }),
    batchSize: fc.integer({ min: 1, max: 48 }),
  }),
);

describe("groupByLength()", () => {
  it("puts every row in exactly one group", () => {
    fc.assert(
      fc.property(settings, ({ lengths, maxLength, batchSize }) => {
        const rows = groupByLength(lengths, maxLength, batchSize).flatMap((group) => group.rows);
        expect([...rows].sort((a, b) => a - b)).toEqual(lengths.map((_, row) => row));
      }),
    );
  });

  it("makes groups of the batch size, and of smaller powers of two for the rest", () => {
    fc.assert(
      fc.property(settings, ({ lengths, maxLength, batchSize }) => {
        const sizes = groupByLength(lengths, maxLength, batchSize).map(({ rows }) => rows.length);
        const full = sizes.filter((size) => size === batchSize).length;
        expect(full).toBe(Math.floor(lengths.length / batchSize));
        for (const size of sizes.slice(full)) expect(Number.isInteger(Math.log2(size)) && size < batchSize).toBe(true);
        expect(new Set(sizes.slice(full)).size).toBe(sizes.length - full);
      }),
    );
  });

  it("pads to a length that holds every row of the group, and is at most maxLength", () => {
    fc.assert(
      fc.property(settings, ({ lengths, maxLength, batchSize }) => {
        for (const { rows, length } of groupByLength(lengths, maxLength, batchSize)) {
          for (const row of rows) expect(lengths[row]).toBeLessThanOrEqual(length);
          expect(length).toBeLessThanOrEqual(maxLength);
        }
      }),
    );
  });

  it("puts rows of similar length together", () => {
    fc.assert(
      fc.property(settings, ({ lengths, maxLength, batchSize }) => {
        const sorted = groupByLength(lengths, maxLength, batchSize).flatMap(({ rows }) =>
          rows.map((row) => lengths[row]!),
        );
        expect(sorted).toEqual([...lengths].sort((a, b) => a - b));
      }),
    );
  });

  it("has few lengths for batches that are not full, and multiples of 8 for those that are", () => {
    const lengthsOf = (count: number) =>
      Array.from({ length: 511 }, (_, i) => groupByLength(new Array(count).fill(i + 2), 512)[0]!.length);
    expect([...new Set(lengthsOf(1))]).toEqual([8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]);
    expect([...new Set(lengthsOf(LARGEST_BATCH))]).toEqual(Array.from({ length: 64 }, (_, i) => 8 * (i + 1)));
    expect(groupByLength([700], 1024)).toEqual([{ rows: [0], length: 768 }]);
    expect(groupByLength([], 512)).toEqual([]);
  });
});
