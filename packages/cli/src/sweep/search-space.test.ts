import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawFrom, gridOf, type SearchSpace } from "./search-space.ts";

describe("gridOf()", () => {
  it("returns all combinations, the last option varying fastest", () => {
    const grid = gridOf(
      new Map<string, readonly unknown[]>([
        ["seed", [1, 2]],
        ["padding", ["longest", "max"]],
      ]),
    );
    expect(grid.map(({ seed, padding }) => `${seed} ${padding}`)).toEqual(["1 longest", "1 max", "2 longest", "2 max"]);
  });

  it("rejects grids that nobody can run", () => {
    const values = Array.from({ length: 1000 }, (_, i) => i);
    expect(() => gridOf(new Map(["a", "b"].map((name) => [name, values])))).toThrow("[grid] has 1000000 combinations");
  });
});

describe("drawFrom()", () => {
  const space: SearchSpace = new Map<string, SearchSpace extends ReadonlyMap<string, infer C> ? C : never>([
    ["learning-rate", { min: 1e-6, max: 1e-2, scale: "log", integer: false }],
    ["train-batch-size", { min: 4, max: 8, scale: "linear", integer: true }],
    ["padding", ["longest", "max"]],
  ]);

  it("draws values in their ranges, and the same first ones for any number", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.nat(), (count, seed) => {
        const drawn = drawFrom(space, count, seed);
        expect(drawn).toHaveLength(count);
        expect(drawFrom(space, count + 5, seed).slice(0, count)).toEqual(drawn);
        for (const assignment of drawn) {
          expect(assignment["learning-rate"]).toBeGreaterThanOrEqual(1e-6);
          expect(assignment["learning-rate"]).toBeLessThanOrEqual(1e-2);
          expect([4, 5, 6, 7, 8]).toContain(assignment["train-batch-size"]);
          expect(["longest", "max"]).toContain(assignment.padding);
        }
      }),
    );
  });

  it("draws the logarithm uniformly with scale log", () => {
    const rates = drawFrom(space, 2000, 1).map((assignment) => Number(assignment["learning-rate"]));
    const share = rates.filter((rate) => rate < 1e-4).length / rates.length;
    expect(share).toBeGreaterThan(0.45);
    expect(share).toBeLessThan(0.55);
  });

  it("does not repeat combinations of lists", () => {
    expect(drawFrom(new Map([["seed", [1, 2, 3]]]), 10, 1)).toHaveLength(3);
  });
});
