import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Group, groupByLength } from "./batch-shapes.ts";

const settings = fc.integer({ min: 3, max: 512 }).chain((maxLength) =>
  fc.record({
    maxLength: fc.constant(maxLength),
    lengths: fc.array(fc.integer({ min: 2, max: maxLength }), { maxLength: 200 }),
    batchSize: fc.option(fc.integer({ min: 1, max: 64 }), { nil: undefined }),
    anyShape: fc.boolean(),
  }),
);

const check = (property: (groups: Group[], input: typeof settings extends fc.Arbitrary<infer T> ? T : never) => void) =>
  fc.assert(
    fc.property(settings, (input) => {
      const { lengths, ...options } = input;
      property(groupByLength(lengths, options), input);
    }),
  );

describe("groupByLength()", () => {
  it("puts every row into exactly one group", () => {
    check((groups, { lengths }) => {
      const rows = groups.flatMap((group) => group.rows).sort((a, b) => a - b);
      expect(rows).toEqual(lengths.map((_, row) => row));
    });
  });

  it("gives each group a length that holds its rows, and at most maxLength", () => {
    check((groups, { lengths, maxLength }) => {
      for (const { rows, length } of groups) {
        expect(length).toBeLessThanOrEqual(maxLength);
        for (const row of rows) expect(lengths[row]).toBeLessThanOrEqual(length);
      }
    });
  });

  it("puts rows of similar length together, the longest first", () => {
    check((groups, { lengths }) => {
      const inOrder = groups.flatMap(({ rows }) => rows.map((row) => lengths[row]!));
      expect(inOrder).toEqual(lengths.toSorted((a, b) => b - a));
    });
  });

  it("makes full batches of the batch size, or of at most 1,024 tokens and 64 rows", () => {
    check((groups, { batchSize }) => {
      for (const { rows, length } of groups) {
        expect(rows.length).toBeLessThanOrEqual(batchSize ?? 64);
        if (batchSize === undefined && rows.length > 1) expect(rows.length * length).toBeLessThanOrEqual(1024);
      }
    });
  });

  it("has few shapes where each takes a program: sizes are powers of two, lengths multiples of 8 or 16", () => {
    check((groups, { batchSize, maxLength, anyShape }) => {
      if (anyShape) return;
      for (const { rows, length } of groups) {
        expect(rows.length === batchSize || Number.isInteger(Math.log2(rows.length))).toBe(true);
        expect(length === maxLength || length % (length <= 64 ? 8 : 16) === 0).toBe(true);
      }
    });
  });

  it("pads nothing but what its longest row needs where batches may have any shape", () => {
    check((groups, { lengths, anyShape }) => {
      if (!anyShape) return;
      for (const { rows, length } of groups) expect(length).toBe(Math.max(...rows.map((row) => lengths[row]!)));
    });
  });
});
