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

  it("ends batches of any shape before much shorter rows, once they have 256 tokens", () => {
    check((groups, { lengths, batchSize, anyShape }) => {
      if (!anyShape || batchSize !== undefined) return;
      for (const { rows, length } of groups)
        for (const row of rows.slice(Math.ceil(256 / length)))
          expect(lengths[row]).toBeGreaterThanOrEqual(0.9 * length);
    });
    const sizes = (lengths: number[]) =>
      groupByLength(lengths, { maxLength: 64, anyShape: true }).map(({ rows }) => rows.length);
    expect(sizes([...Array(8).fill(64), ...Array(8).fill(32)])).toEqual([8, 8]);
    expect(sizes([...Array(8).fill(64), ...Array(8).fill(60)])).toEqual([16]);
    expect(sizes([64, 32, 16])).toEqual([3]);
  });

  it("pads with anyShape only to the longest row of the batch", () => {
    check((groups, { lengths, anyShape }) => {
      if (!anyShape) return;
      for (const { rows, length } of groups) expect(length).toBe(Math.max(...rows.map((row) => lengths[row]!)));
    });
  });
});
