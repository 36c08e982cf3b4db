import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "./random.ts";

describe("Random", () => {
  it("nextUint32() implements xoshiro128**, starting from the state 1, 2, 3, 4", () => {
    const random = Random.fromState([1, 2, 3, 4]);
    // Computed by hand from the published recurrence: rotl(s1 · 5, 7) · 9.
    expect(random.nextUint32()).toBe(11520);
    expect(random.nextUint32()).toBe(0);
    expect(random.nextUint32()).toBe(5927040);
  });

  it("repeats its numbers for the same seed and name, and changes them for another seed or name", () => {
    const draw = (seed: number, name: string) =>
      Array.from(
        { length: 8 },
        (
          (r) => () =>
            r.nextUint32()
        )(new Random(seed, name)),
      );
    expect(draw(42, "shuffle")).toEqual(draw(42, "shuffle"));
    expect(draw(42, "shuffle")).not.toEqual(draw(42, "dropout"));
    expect(draw(42, "shuffle")).not.toEqual(draw(43, "shuffle"));
  });

  it("fromState() continues the sequence of the generator whose state was saved", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(50), (seed, skip) => {
        const random = new Random(seed, "any");
        for (let i = 0; i < skip; i++) random.nextUint32();
        const copy = Random.fromState(random.state);
        for (let i = 0; i < 10; i++) expect(copy.nextUint32()).toBe(random.nextUint32());
      }),
    );
  });

  it("shuffled() returns a permutation, and puts every item at every position equally often", () => {
    const random = new Random(7, "shuffle");
    const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
    for (let run = 0; run < 8000; run++) {
      const order = random.shuffled([0, 1, 2, 3]);
      expect(order.slice().sort()).toEqual([0, 1, 2, 3]);
      order.forEach((item, position) => {
        counts[item]![position]! += 1;
      });
    }
    // Each cell has an expected count of 2000 with a standard deviation of 39; 194 is five standard deviations.
    for (const count of counts.flat()) expect(Math.abs(count - 2000)).toBeLessThan(194);
  });

  it("nextNormal() has mean 0 and variance 1", () => {
    const random = new Random(7, "init");
    const draws = Array.from({ length: 40000 }, () => random.nextNormal());
    const mean = draws.reduce((a, b) => a + b) / draws.length;
    const variance = draws.reduce((a, b) => a + (b - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(0.025);
    expect(Math.abs(variance - 1)).toBeLessThan(0.04);
  });
});
