import { expect, it } from "vitest";
import { alignColumns, cellWidth, truncateToWidth } from "./cell-width.ts";

it("cellWidth() counts Chinese characters and emoji as two cells, and combining marks as none", () => {
  expect(["abc", "好评", "！", "e\u0301", "😀", "한글", "ｱ", "…"].map(cellWidth)).toEqual([3, 4, 2, 1, 2, 4, 1, 1]);
});

it("truncateToWidth() never exceeds the width", () => {
  expect(truncateToWidth("好评好评", 8)).toBe("好评好评");
  expect(truncateToWidth("好评好评", 7)).toBe("好评好…");
  expect(truncateToWidth("好评好评", 6)).toBe("好评…");
});

it("alignColumns() aligns cells by their width", () => {
  const rows = [
    ["好评", "1", "x"],
    ["a", "100"],
  ];
  expect(alignColumns(rows, ["left", "right", "left"])).toEqual(["好评    1  x", "a     100"]);
});
