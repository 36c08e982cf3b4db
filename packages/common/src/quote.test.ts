import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quote } from "./quote.ts";

describe("quote()", () => {
  it('returns values as JSON, and undefined as "nothing"', () => {
    expect(quote({ a: [1, "中"] })).toBe('{"a":[1,"中"]}');
    expect(quote(undefined)).toBe("nothing");
  });

  it("escapes all control characters and returns one short line", () => {
    expect(quote("\u001b[2J\u007f\u009b")).toBe('"\\u001b[2J\\u007f\\u009b"');
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        expect(quote(text)).toMatch(/^\P{Cc}*$/u);
        expect(quote(text).length).toBeLessThan(800);
      }),
    );
  });
});
