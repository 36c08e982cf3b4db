import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "./float16.ts";

const allBits = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);

/** Computes the value of float16 bits from the definition of IEEE 754 binary16. */
function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * 2 ** -14 * fraction : sign * 2 ** (exponent - 15) * (1 + fraction);
}

/** Returns the indices at which two arrays differ. Object.is distinguishes −0 from 0 and treats NaNs as equal. */
function differences(actual: ArrayLike<number>, expected: ArrayLike<number>): number[] {
  return Array.from(expected, (_, i) => i).filter((i) => !Object.is(actual[i], expected[i]));
}

describe("float16ToFloat32()", () => {
  it("is exact for all 65,536 values", () => {
    expect(differences(float16ToFloat32(allBits), Array.from(allBits, float16Value))).toEqual([]);
  });
});

describe("float32ToFloat16()", () => {
  it("restores every float16 except NaNs", () => {
    const back = float32ToFloat16(float16ToFloat32(allBits));
    expect(differences(back, allBits).filter((bits) => (bits & 0x7fff) <= 0x7c00)).toEqual([]);
    expect(Number.isNaN(float16Value(float32ToFloat16(new Float32Array([Number.NaN]))[0]!))).toBe(true);
  });

  it("rounds to the nearest, ties to even, at and around every midpoint", () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const middle = (float16Value(bits) + float16Value(bits + 1)) / 2;
      const wide = new Uint32Array(new Float32Array([middle]).buffer)[0]!;
      const around = new Float32Array(new Uint32Array([wide - 1, wide, wide + 1]).buffer);
      const even = bits + (bits & 1);
      if (differences(float32ToFloat16(around), [bits, even, bits + 1]).length > 0) expect.fail(`at ${bits}`);
    }
  });

  it("rounds values of 65520 and above to infinity", () => {
    expect(Array.from(float32ToFloat16(new Float32Array([65519.996, 65520, -1e30])))).toEqual([0x7bff, 0x7c00, 0xfc00]);
  });
});

describe("bfloat16ToFloat32() and float32ToBfloat16()", () => {
  it("are exact for all 65,536 values", () => {
    const expected = Array.from(allBits, (bits) =>
      new DataView(Uint8Array.of(bits >> 8, bits, 0, 0).buffer).getFloat32(0),
    );
    expect(differences(bfloat16ToFloat32(allBits), expected)).toEqual([]);
    const isNumber = (bits: number) => (bits & 0x7fff) <= 0x7f80;
    expect(differences(float32ToBfloat16(bfloat16ToFloat32(allBits)), allBits).filter(isNumber)).toEqual([]);
  });

  it("round to the nearest, ties to even, and keep NaNs", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7f7f }), fc.boolean(), (low, negative) => {
        const sign = negative ? 0x80000000 : 0;
        const words = [0x7fff, 0x8000, 0x8001].map((rest) => ((low << 16) | rest | sign) >>> 0);
        const rounded = float32ToBfloat16(new Float32Array(Uint32Array.from(words).buffer));
        const expected = [low, low + (low & 1), low + 1].map((bits) => bits | (sign >>> 16));
        expect(Array.from(rounded)).toEqual(expected);
      }),
    );
    const nan = new Float32Array(new Uint32Array([0x7f800001, 0xffffffff]).buffer);
    expect(bfloat16ToFloat32(float32ToBfloat16(nan)).every(Number.isNaN)).toBe(true);
  });
});
