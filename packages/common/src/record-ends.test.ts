import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countLineFeeds, lineEnds } from "./record-ends.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe("lineEnds()", () => {
  it("returns the first line end at or after a position", () => {
    const bytes = bytesOf("a\nbc\nd");
    expect([0, 1, 2, 3, 5].map((minEnd) => lineEnds().next(bytes, minEnd))).toEqual([2, 2, 2, 5, 5]);
    expect(lineEnds().next(bytes, 6)).toBe(-1);
  });
});

describe("countLineFeeds()", () => {
  it("counts line feeds", () => {
    expect(countLineFeeds(bytesOf("\na\n\n"))).toBe(3);
    expect(countLineFeeds(bytesOf("a"))).toBe(0);
    expect(countLineFeeds(bytesOf("\n".repeat(5000)))).toBe(5000);
  });

  it("counts as a loop over the bytes does, wherever the bytes start in their buffer", () => {
    const byte = fc.oneof(fc.constantFrom(9, 10, 11, 0x8a, 0x0a ^ 0xff), fc.nat(255));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(byte), fc.nat(8), (before, values, end) => {
        const bytes = Uint8Array.of(...before, ...values, ...new Array(end).fill(10)).subarray(
          before.length,
          before.length + values.length,
        );
        expect(countLineFeeds(bytes)).toBe(values.filter((value) => value === 10).length);
      }),
    );
  });
});
