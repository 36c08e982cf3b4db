/**
 * The nearest float16 (IEEE 754 binary16), ties to even; 65520 and more round to infinity.
 *
 * A number below 2⁵³ units loses its fraction, to nearest even, when 2⁵² units are added to it: the unit here is the
 * distance between neighbouring halves. (An exponent that `log2` rounds up next to a power of two does no harm: such a
 * number rounds to that power with either unit.)
 */
export function roundToHalf(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude >= 65520) return x * Number.POSITIVE_INFINITY;
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14); // below 2⁻¹⁴ halves are evenly spaced
  const anchor = 2 ** 52 * 2 ** (exponent - 10);
  return Math.sign(x) * (magnitude + anchor - anchor);
}
