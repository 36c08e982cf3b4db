import { describe, expect, it } from "vitest";
import { alignColumns, displayWidth, truncateToWidth } from "./terminal-text.ts";

describe("displayWidth()", () => {
  it.each([
    ["abc", 3],
    ["好评", 4],
    ["ｶﾀｶﾅ", 4],
    ["カタカナ", 8],
    ["한국어", 6],
    ["한글", 4],
    ["「好」，", 8],
    ["ＡＢ", 4],
    ["！", 2],
    ["。", 2],
    ["ｱ", 1],
    ["…", 1],
    ["e\u0301", 1],
    ["👍", 2],
    ["😀", 2],
    ["👍🏽", 2],
    ["👨‍👩‍👧", 2],
    ["𠀀", 2],
    ["\u200b", 0],
    ["", 0],
  ])("%s occupies %i columns", (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });
});

describe("truncateToWidth()", () => {
  it("cuts between characters, marks the cut, and never exceeds the width", () => {
    expect(truncateToWidth("abcdef", 6)).toBe("abcdef");
    expect(truncateToWidth("abcdef", 5)).toBe("abcd…");
    expect(truncateToWidth("验证集合", 6)).toBe("验证…");
    expect(truncateToWidth("好评好评", 8)).toBe("好评好评");
    expect(truncateToWidth("好评好评", 7)).toBe("好评好…");
    expect(truncateToWidth("好评好评", 6)).toBe("好评…");
    expect(truncateToWidth("好评论", 6)).toBe("好评论");
    expect(truncateToWidth("好评论", 5)).toBe("好评…");
    expect(truncateToWidth("好评论", 4)).toBe("好…");
    expect(truncateToWidth("abc", 1)).toBe("…");
    expect(truncateToWidth("abc", 0)).toBe("");
  });
});

describe("alignColumns()", () => {
  it("aligns cells by their width", () => {
    const rows = [
      ["好评", "1", "x"],
      ["a", "100"],
    ];
    expect(alignColumns(rows, ["left", "right", "left"])).toEqual(["好评    1  x", "a     100"]);
    expect(alignColumns(rows)).toEqual(["好评  1    x", "a     100"]);
    expect(alignColumns([["long"], ["好"]], ["right"])).toEqual(["long", "  好"]);
  });
});
