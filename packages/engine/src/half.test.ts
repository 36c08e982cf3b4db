import { describe, expect, it } from "vitest";
import { roundToHalf } from "./half.ts";

/** The value that the format gives to 16 bits. */
function decode(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
}

const positive = Array.from({ length: 0x7c00 }, (_, bits) => decode(bits));

describe("roundToHalf()", () => {
  it("keeps every one of the 65536 halves", () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const half = decode(bits);
      if (!Object.is(roundToHalf(half), half)) throw new Error(`${bits}: ${roundToHalf(half)} for ${half}`);
    }
  });

  it("between any two neighbours: to the nearer, at the middle to the even one; and so for negatives", () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const [low, high] = [positive[bits]!, positive[bits + 1]!];
      const middle = (low + high) / 2; // exact in a double
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
        if (roundToHalf(x) !== half || !Object.is(roundToHalf(-x), -half))
          throw new Error(`${x}: ${roundToHalf(x)} in place of ${half}`);
    }
  });

  it("rounds once, from the double: a tie that float32 cannot tell from its neighbours", () => {
    const aboveTie = 1 + 2 ** -11 + 2 ** -40;
    expect(Math.fround(aboveTie)).toBe(1 + 2 ** -11);
    expect(roundToHalf(aboveTie)).toBe(1 + 2 ** -10);
    expect(roundToHalf(Math.fround(aboveTie))).toBe(1);
  });

  it("overflows to infinity from the middle between 65504 and 65536 on", () => {
    expect([65519.999999999, 65520, 1e300, -65520].map(roundToHalf)).toEqual([
      65504,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
  });

  it("underflows to a zero of the same sign", () => {
    expect([2 ** -25, -(2 ** -25), 5e-324, -5e-324].map(roundToHalf)).toEqual([0, -0, 0, -0]);
    expect(roundToHalf(2 ** -25 * (1 + 2 ** -52))).toBe(2 ** -24);
  });
});
