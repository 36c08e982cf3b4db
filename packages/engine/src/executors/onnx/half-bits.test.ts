import { expect, it } from "vitest";
import { fromHalfBits, toHalfBits } from "./half-bits.ts";

it("toHalfBits() inverts fromHalfBits() for every float16", () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = fromHalfBits(bits);
    if (!Number.isNaN(value) && toHalfBits(value) !== bits) expect.fail(`0x${bits.toString(16)}: ${value}`);
  }
  expect(toHalfBits(Number.NaN) & 0x7c00).toBe(0x7c00);
});

it("fromHalfBits() decodes known bits", () => {
  const known = { 1: 0x3c00, "-2.5": 0xc100, 65504: 0x7bff, 6.103515625e-5: 0x0400, 5.960464477539063e-8: 0x0001 };
  for (const [value, bits] of Object.entries(known)) expect(fromHalfBits(bits)).toBe(Number(value));
  expect(fromHalfBits(0x7c00)).toBe(Number.POSITIVE_INFINITY);
  expect(Object.is(fromHalfBits(0x8000), -0)).toBe(true);
});
