import { describe, expect, it } from "vitest";
import { roundToHalf } from "./half.ts";

const formats = {
  float16: { exponentBits: 5, fractionBits: 10, largestBits: 0x7bff },
  bfloat16: { exponentBits: 8, fractionBits: 7, largestBits: 0x7f7f },
} as const;

/** Decodes 16 bits of a format. */
function decode(bits: number, format: keyof typeof formats): number {
  const { exponentBits, fractionBits } = formats[format];
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits & 0x7fff) >> fractionBits;
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 * bias + 1) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

describe.each(["float16", "bfloat16"] as const)("roundToHalf() to %s", (format) => {
  const { largestBits, fractionBits } = formats[format];
  const round = (x: number) => roundToHalf(x, format);

  it("keeps each of the 65,536 numbers", () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const half = decode(bits, format);
      if (!Object.is(round(half), half)) throw new Error(`${bits}: expected ${half}, found ${round(half)}`);
    }
  });

  it("rounds to the nearer of two neighbors, and ties to the even one, for both signs", () => {
    for (let bits = 0; bits < largestBits; bits++) {
      const [low, high] = [decode(bits, format), decode(bits + 1, format)];
      const middle = (low + high) / 2; // This is exact in double precision.
      const even = bits % 2 === 0 ? low : high;
      const off = (high - low) * 2 ** -30;
      const expected = [
        [middle, even],
        [middle - off, low],
        [middle + off, high],
        [low + off, low],
        [high - off, high],
      ] as const;
      for (const [x, half] of expected)
        if (round(x) !== half || !Object.is(round(-x), -half))
          throw new Error(`${x}: expected ${half}, found ${round(x)}`);
    }
  });

  it("rounds once, directly from double precision", () => {
    const ulp = 2 ** -fractionBits;
    const aboveTie = 1 + ulp / 2 + 2 ** -40;
    expect(Math.fround(aboveTie)).toBe(1 + ulp / 2);
    expect(round(aboveTie)).toBe(1 + ulp);
    expect(round(Math.fround(aboveTie))).toBe(1);
  });

  it("overflows to infinity at half a unit above the largest number", () => {
    const [before, largest] = [decode(largestBits - 1, format), decode(largestBits, format)];
    const ulp = largest - before;
    expect([largest + ulp * 0.499, largest + ulp / 2, 1e300, -largest - ulp / 2].map(round)).toEqual([
      largest,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
  });

  it("underflows to zero of the same sign", () => {
    const smallest = decode(1, format);
    expect([smallest / 2, -smallest / 2, 5e-324, -5e-324].map(round)).toEqual([0, -0, 0, -0]);
    expect(round((smallest / 2) * (1 + 2 ** -52))).toBe(smallest);
  });

  it("keeps NaN", () => {
    expect(round(Number.NaN)).toBeNaN();
  });
});
