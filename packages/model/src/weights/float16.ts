// Conversions between float32 and two 16-bit formats: IEEE 754 binary16 ("float16") and bfloat16.

let float16Table: Uint32Array | undefined;

/**
 * Returns a table of the float32 bits of every float16. The table takes 256 kB and is faster than converting each
 * value.
 */
function float32BitsOfFloat16(): Uint32Array {
  if (float16Table) return float16Table;
  const table = new Uint32Array(0x10000);
  for (let bits = 0; bits < 0x8000; bits++) {
    const exponent = bits >>> 10;
    const fraction = bits & 0x3ff;
    let wide: number;
    if (exponent === 0x1f) {
      wide = 0x7f800000 | (fraction << 13);
    } else if (exponent > 0) {
      wide = ((exponent + 112) << 23) | (fraction << 13);
    } else if (fraction === 0) {
      wide = 0;
    } else {
      // A float16 subnormal is a normal number in float32, so its leading one becomes the implicit bit.
      const shift = Math.clz32(fraction) - 21;
      wide = ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
    }
    table[bits] = wide;
    table[bits | 0x8000] = wide | 0x80000000;
  }
  float16Table = table;
  return table;
}

/** Converts float16 bits to float32 exactly. NaNs keep their payloads. */
export function float16ToFloat32(halves: Uint16Array): Float32Array {
  const table = float32BitsOfFloat16();
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = table[halves[i]!]!;
  return new Float32Array(bits.buffer);
}

/** Converts bfloat16 bits, which are the upper half of float32 bits, to float32 exactly. */
export function bfloat16ToFloat32(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}

/**
 * Rounds float32 to the nearest float16 bits, ties to even. Values of 65520 and above become infinite, as in PyTorch.
 */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!;
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    let half: number;
    if (magnitude > 0x7f800000) {
      half = 0x7e00 | ((magnitude >>> 13) & 0x3ff); // a quiet NaN
    } else if (magnitude >= 0x477ff000) {
      half = 0x7c00; // rounds to 65536 or more
    } else if (magnitude >= 0x38800000) {
      half = roundToEven(magnitude - 0x38000000, 13);
    } else if (magnitude >= 0x33000000) {
      const fraction = (magnitude & 0x7fffff) | 0x800000; // a subnormal, in units of 2⁻²⁴
      half = roundToEven(fraction, 126 - (magnitude >>> 23));
    } else {
      half = 0;
    }
    halves[i] = sign | half;
  }
  return halves;
}

/** Rounds float32 to the nearest bfloat16 bits, ties to even. */
export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!;
    const isNotANumber = (word & 0x7fffffff) > 0x7f800000; // Rounding could turn a NaN into an infinity.
    halves[i] = isNotANumber ? (word >>> 16) | 0x40 : roundToEven(word, 16);
  }
  return halves;
}

/**
 * Returns `value` / 2^`shift` rounded to the nearest integer, ties to even. `value` is in [0, 2³²), `shift` in [1, 30].
 */
function roundToEven(value: number, shift: number): number {
  const quotient = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (quotient & 1) === 1) ? quotient + 1 : quotient;
}
