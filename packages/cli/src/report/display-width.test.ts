import { describe, expect, it } from "vitest";
import { displayWidth, padLeft, padRight, truncateToWidth } from "./display-width.ts";

describe("displayWidth()", () => {
  it.each([
    ["abc", 3],
    ["好评", 4],
    ["ｶﾀｶﾅ", 4],
    ["カタカナ", 8],
    ["한국어", 6],
    ["「好」，", 8],
    ["ＡＢ", 4],
    ["e\u0301", 1],
    ["👍🏽", 2],
    ["👨‍👩‍👧", 2],
    ["\u200b", 0],
    ["", 0],
  ])("%s occupies %i columns", (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });
});

describe("truncateToWidth() and padding", () => {
  it("never exceed or split a character", () => {
    expect(truncateToWidth("好评论", 6)).toBe("好评论");
    expect(truncateToWidth("好评论", 5)).toBe("好评…");
    expect(truncateToWidth("好评论", 4)).toBe("好…");
    expect(padRight("好", 4)).toBe("好  ");
    expect(padLeft("好", 4)).toBe("  好");
    expect(padLeft("long", 2)).toBe("long");
  });
});
