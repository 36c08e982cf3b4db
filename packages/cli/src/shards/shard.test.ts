import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isInShard, parseShard, shardOfFiles } from "./shard.ts";

describe("parseShard()", () => {
  it("reads I/N", () => {
    expect(parseShard("3/10")).toEqual({ index: 3, count: 10 });
  });

  it.each(["0/4", "5/4", "1", "1/0", "a/b", "1/2/3", "-1/2"])("throws for %s", (text) => {
    expect(() => parseShard(text)).toThrow(/^--shard is ".*": expected I\/N/);
  });
});

describe("shardOfFiles()", () => {
  it("splits files into contiguous parts whose sizes differ by at most one byte", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 44), { maxLength: 6 }), fc.integer({ min: 1, max: 9 }), (sizes, count) => {
        const shards = Array.from({ length: count }, (_, i) => shardOfFiles(sizes, { index: i + 1, count }));
        const lengths = shards.map((parts) => parts.reduce((sum, { from, to }) => sum + to - from, 0));
        expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
        for (const [file, size] of sizes.entries()) {
          let end = 0;
          for (const parts of shards.map((shard) => shard[file]!).filter(({ from, to }) => from < to)) {
            expect(parts.from).toBe(end);
            end = parts.to;
          }
          expect(end).toBe(size);
        }
      }),
    );
  });
});

describe("shardOfFiles() with a unit", () => {
  it("divides files only at multiples of the unit", () => {
    const sizes = fc.array(fc.nat(100), { maxLength: 6 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 30 }), (sizes, count, unit) => {
        const shards = Array.from({ length: count }, (_, i) => shardOfFiles(sizes, { index: i + 1, count }, unit));
        for (const [file, size] of sizes.entries()) {
          const parts = shards.map((shard) => shard[file]!).filter(({ from, to }) => from < to);
          expect(parts.map(({ from }) => from)).toEqual([0, ...parts.map(({ to }) => to)].slice(0, parts.length));
          expect(parts.at(-1)?.to ?? 0).toBe(size);
          for (const { from, to } of parts) expect([from % unit, to === size || to % unit === 0]).toEqual([0, true]);
        }
      }),
    );
  });
});

describe("isInShard()", () => {
  it("assigns blocks to shards round-robin", () => {
    expect([0, 1, 2, 3, 4].filter((block) => isInShard(block, { index: 2, count: 3 }))).toEqual([1, 4]);
  });
});
