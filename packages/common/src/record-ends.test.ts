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
  });
});
