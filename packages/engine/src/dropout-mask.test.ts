import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDropoutKernel } from "./dropout-kernel.ts";
import { fillDropoutMask, fillWordsScalar, STEP } from "./dropout-mask.ts";

function draw(length: number, rate: number, seed: readonly [number, number], site: number): Uint8Array {
  const mask = new Uint8Array(length);
  fillDropoutMask(mask, rate, seed, site);
  return mask;
}

describe("fillDropoutMask()", () => {
  it.each([0.1, 0.5, 0.9])("drops elements at rate %d at every position within a word", (rate) => {
    const n = 400_000;
    const mask = draw(n, rate, [42, 1], 0);
    const zeros = [0, 0, 0, 0];
    mask.forEach((keep, i) => {
      zeros[i % 4]! += 1 - keep;
    });
    expect(mask.every((keep) => keep === 0 || keep === 1)).toBe(true);
    const deviation = Math.sqrt((n / 4) * rate * (1 - rate));
    for (const count of zeros) expect(Math.abs(count - (n / 4) * rate)).toBeLessThan(5 * deviation);
  });

  it("drops neighbors independently: pairs drop at the rate squared", () => {
    const n = 400_000;
    const mask = draw(n, 0.3, [7, 3], 2);
    for (const distance of [1, 2, 3, 4, 5, 8, 16, 128, 312, 624, 4096, 16_384, 65_536]) {
      let both = 0;
      for (let i = distance; i < n; i++) both += (1 - mask[i]!) * (1 - mask[i - distance]!);
      expect(Math.abs(both - (n - distance) * 0.09)).toBeLessThan(5 * Math.sqrt(n * 0.09));
    }
  });

  it("drops elements per row and column of a matrix with the variance of independent draws", () => {
    const [rows, columns, rate] = [1024, 312, 0.1];
    const mask = draw(rows * columns, rate, [11, 5], 3);
    const drops = { rows: new Float64Array(rows), columns: new Float64Array(columns) };
    mask.forEach((keep, i) => {
      drops.rows[Math.floor(i / columns)]! += 1 - keep;
      drops.columns[i % columns]! += 1 - keep;
    });
    for (const [counts, n] of [
      [drops.rows, columns],
      [drops.columns, rows],
    ] as const) {
      const chiSquare = counts.reduce((sum, count) => sum + (count - n * rate) ** 2 / (n * rate * (1 - rate)), 0);
      expect(Math.abs(chiSquare - counts.length)).toBeLessThan(5 * Math.sqrt(2 * counts.length));
    }
  });

  it("fills independent masks for other sites and other steps", () => {
    const n = 400_000;
    const mask = draw(n, 0.3, [42, 1], 0);
    for (const [counter, site] of [
      [1, 1],
      [1, 2],
      [1, 36],
      [2, 0],
      [3, 0],
      [2, 1],
    ] as const) {
      const other = draw(n, 0.3, [42, counter], site);
      for (const shift of [0, 1, 2, 4]) {
        let both = 0;
        for (let i = shift; i < n; i++) both += (1 - mask[i]!) * (1 - other[i - shift]!);
        expect(Math.abs(both - n * 0.09)).toBeLessThan(5 * Math.sqrt(n * 0.09));
      }
    }
  });

  it("depends only on seed, counter and site", () => {
    const base = draw(1003, 0.5, [42, 1], 0);
    expect(draw(1003, 0.5, [42, 1], 0)).toEqual(base);
    expect(draw(1003, 0.5, [43, 1], 0)).not.toEqual(base);
    expect(draw(1003, 0.5, [42, 2], 0)).not.toEqual(base);
    expect(draw(1003, 0.5, [42, 1], 1)).not.toEqual(base);
    expect(draw(1000, 0.5, [42, 1], 0)).toEqual(base.slice(0, 1000));
  });

  it("fills the same mask with and without SIMD", () => {
    const kernel = createDropoutKernel(STEP | 0)!;
    const parameter = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9000 }), parameter, parameter, parameter, (length, ...parameters) => {
        const [fast, plain] = [new Uint32Array(length), new Uint32Array(length)];
        kernel(fast, ...parameters);
        fillWordsScalar(plain, ...parameters);
        expect(fast).toEqual(plain);
      }),
    );
  });
});
