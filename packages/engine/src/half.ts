/** A binary floating-point format, as far as rounding to it goes. */
interface Format {
  /** Bits of the fraction, without the leading one. */
  readonly fractionBits: number;
  /** Of the smallest normal number; below it numbers are evenly spaced. */
  readonly minExponent: number;
  /** The least magnitude that rounds to infinity. */
  readonly overflow: number;
}

/** The formats of 16 bits: IEEE 754 binary16, and the upper half of a float32. */
const formats = {
  float16: { fractionBits: 10, minExponent: -14, overflow: 65520 },
  bfloat16: { fractionBits: 7, minExponent: -126, overflow: 2 ** 128 - 2 ** 119 },
} as const satisfies Record<string, Format>;

/**
 * The nearest number of a 16-bit format, ties to even; from the middle beyond the largest on, infinity.
 *
 * A number below 2⁵³ units loses its fraction, to nearest even, when 2⁵² units are added to it: the unit here is the
 * distance between neighbours in the format. (An exponent that `log2` rounds up next to a power of two does no harm: such
 * a number rounds to that power with either unit.)
 */
export function roundToHalf(x: number, format: keyof typeof formats): number {
  const { fractionBits, minExponent, overflow } = formats[format];
  const magnitude = Math.abs(x);
  if (magnitude >= overflow) return x * Number.POSITIVE_INFINITY;
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), minExponent);
  const anchor = 2 ** 52 * 2 ** (exponent - fractionBits);
  return Math.sign(x) * (magnitude + anchor - anchor);
}
