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
  it("assigns every row to exactly one group", () => {
    check((groups, { lengths }) => {
      const rows = groups.flatMap((group) => group.rows).sort((a, b) => a - b);
      expect(rows).toEqual(lengths.map((_, row) => row));
    });
  });

  it("chooses a group length of at least the longest row and at most maxLength", () => {
    check((groups, { lengths, maxLength }) => {
      for (const { rows, length } of groups) {
        expect(length).toBeLessThanOrEqual(maxLength);
        for (const row of rows) expect(lengths[row]).toBeLessThanOrEqual(length);
      }
    });
  });

  it("groups rows of similar length, longest rows first", () => {
    check((groups, { lengths }) => {
      const inOrder = groups.flatMap(({ rows }) => rows.map((row) => lengths[row]!));
      expect(inOrder).toEqual(lengths.toSorted((a, b) => b - a));
    });
  });

  it("limits batches to batchSize or, by default, to 1,024 tokens and 64 rows", () => {
    check((groups, { batchSize }) => {
      for (const { rows, length } of groups) {
        expect(rows.length).toBeLessThanOrEqual(batchSize ?? 64);
        if (batchSize === undefined && rows.length > 1) expect(rows.length * length).toBeLessThanOrEqual(1024);
      }
    });
  });

  it("limits shapes without anyShape: sizes are powers of two, lengths are multiples of 8 or 16", () => {
    check((groups, { batchSize, maxLength, anyShape }) => {
      if (anyShape) return;
      for (const { rows, length } of groups) {
        expect(rows.length === batchSize || Number.isInteger(Math.log2(rows.length))).toBe(true);
        expect(length === maxLength || length % (length <= 64 ? 8 : 16) === 0).toBe(true);
      }
    });
  });

  it("pads with anyShape only to the longest row of the batch", () => {
    check((groups, { lengths, anyShape }) => {
      if (!anyShape) return;
      for (const { rows, length } of groups) expect(length).toBe(Math.max(...rows.map((row) => lengths[row]!)));
    });
  });
});
