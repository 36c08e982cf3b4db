import { describe, expect, it } from "vitest";
import { NPY_HEADER_BYTES, npyHeader } from "./npy-header.ts";

describe("npyHeader()", () => {
  it("writes NumPy's format 1.0, padded to a multiple of 64 bytes", () => {
    // numpy.lib.format.write_array_header_1_0 writes the same header for this array.
    const text = "{'descr': '<u2', 'fortran_order': False, 'shape': (5031764,), }";
    const expected = `\x93NUMPY\x01\x00\x76\x00${text.padEnd(117)}\n`;
    expect(Buffer.from(npyHeader("<u2", 5_031_764)).toString("latin1")).toBe(expected);
    expect(npyHeader("<u8", 2 ** 53)).toHaveLength(NPY_HEADER_BYTES);
    expect(NPY_HEADER_BYTES % 64).toBe(0);
  });

  it("writes the shape of a matrix", () => {
    expect(Buffer.from(npyHeader("<f4", 2, 512)).toString("latin1")).toContain("'shape': (2, 512), }");
  });
});
