import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Group, type GroupOptions, groupByLength } from "./batch-shapes.ts";

const BATCH_TOKENS = 1024;
const LARGEST_BATCH = 64;

/** Rows, and the options that group them. */
const settings = fc.integer({ min: 2, max: 700 }).chain((maxLength) =>
  fc.record({
    lengths: fc.array(fc.integer({ min: 2, max: maxLength }), { maxLength: 200 }),
    options: fc.record({
      maxLength: fc.constant(maxLength),
      batchSize: fc.option(fc.integer({ min: 1, max: 48 }), { nil: undefined }),
      anyShape: fc.boolean(),
    }),
  }),
);

interface Setting {
  readonly lengths: readonly number[];
  readonly options: GroupOptions;
}

/** Checks every grouping of some rows. */
function check(holds: (groups: readonly Group[], setting: Setting) => void) {
  fc.assert(fc.property(settings, (setting) => holds(groupByLength(setting.lengths, setting.options), setting)));
}

describe("groupByLength()", () => {
  it("puts every row in exactly one group", () => {
    check((groups, { lengths }) => {
      const rows = groups.flatMap((group) => group.rows);
      expect(rows.sort((a, b) => a - b)).toEqual(lengths.map((_, row) => row));
    });
  });

  it("pads to a length that holds every row of the group, and is at most maxLength", () => {
    check((groups, { lengths, options }) => {
      for (const { rows, length } of groups) {
        for (const row of rows) expect(lengths[row]).toBeLessThanOrEqual(length);
        expect(length).toBeLessThanOrEqual(options.maxLength);
      }
    });
  });

  it("puts rows of similar length together, the longest first", () => {
    check((groups, { lengths }) => {
      const sorted = groups.flatMap(({ rows }) => rows.map((row) => lengths[row]!));
      expect(sorted).toEqual([...lengths].sort((a, b) => b - a));
    });
  });

  it("makes groups of the batch size or, where each shape takes a program, of smaller powers of two", () => {
    check((groups, { lengths, options: { batchSize, anyShape } }) => {
      const sizes = groups.map(({ rows }) => rows.length);
      if (batchSize !== undefined) {
        const full = sizes.filter((size) => size === batchSize).length;
        expect(full).toBe(Math.floor(lengths.length / batchSize));
        if (anyShape) expect(sizes.length).toBe(Math.ceil(lengths.length / batchSize));
        else expect(sizes.slice(full).every(isPowerOfTwo)).toBe(true);
      } else if (!anyShape) expect(sizes.every(isPowerOfTwo)).toBe(true);
    });
  });

  it("limits batches to a number of tokens and of rows, unless told how many rows", () => {
    check((groups, { options }) => {
      if (options.batchSize !== undefined) return;
      for (const { rows, length } of groups) {
        expect(rows.length).toBeLessThanOrEqual(LARGEST_BATCH);
        if (rows.length > 1) expect(rows.length * length).toBeLessThanOrEqual(BATCH_TOKENS);
      }
    });
  });

  it("pads nothing beyond the longest row where batches may have any shape", () => {
    check((groups, { lengths, options }) => {
      if (!options.anyShape) return;
      for (const { rows, length } of groups) expect(length).toBe(Math.max(...rows.map((row) => lengths[row]!)));
    });
  });

  it("has few lengths where each shape takes a program", () => {
    const one = (length: number, maxLength = 512) => groupByLength([length], { maxLength })[0]!.length;
    const lengths = new Set(Array.from({ length: 511 }, (_, i) => one(i + 2)));
    const multiplesOf = (factor: number, most: number) =>
      Array.from({ length: most / factor }, (_, i) => factor * (i + 1));
    expect([...lengths]).toEqual([...multiplesOf(8, 64), ...multiplesOf(16, 512).filter((length) => length > 64)]);
    expect(one(700, 1024)).toBe(704);
    expect(one(24, 25)).toBe(24);
    expect(one(25, 25)).toBe(25);
    expect(groupByLength([], { maxLength: 512 })).toEqual([]);
  });
});

function isPowerOfTwo(size: number): boolean {
  return Number.isInteger(Math.log2(size));
}
