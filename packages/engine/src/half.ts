/** The parameters of a binary floating-point format that determine rounding. */
interface Format {
  /** Number of explicit fraction bits, without the implicit leading one. */
  readonly fractionBits: number;
  /** Exponent of the smallest normal number, below which numbers are evenly spaced. */
  readonly minExponent: number;
  /** Smallest magnitude that rounds to infinity. */
  readonly overflow: number;
}

/** The 16-bit formats: IEEE 754 binary16, and the upper half of a float32. */
const formats = {
  float16: { fractionBits: 10, minExponent: -14, overflow: 65520 },
  bfloat16: { fractionBits: 7, minExponent: -126, overflow: 2 ** 128 - 2 ** 119 },
} as const satisfies Record<string, Format>;

/**
 * Rounds a number to the nearest number of a 16-bit format, with ties to even. Magnitudes of at least half a unit above
 * the largest number become infinite.
 *
 * Adding 2⁵² units to a number and subtracting them again rounds it to a multiple of the unit, which is the distance
 * between neighbors in the format. `log2` may round the exponent up just below a power of two, which is harmless: the
 * number rounds to that power of two with either unit.
 */
export function roundToHalf(x: number, format: keyof typeof formats): number {
  const { fractionBits, minExponent, overflow } = formats[format];
  const magnitude = Math.abs(x);
  if (magnitude >= overflow) return x * Number.POSITIVE_INFINITY;
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), minExponent);
  const anchor = 2 ** 52 * 2 ** (exponent - fractionBits);
  return Math.sign(x) * (magnitude + anchor - anchor);
}
