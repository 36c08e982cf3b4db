import { expect, it } from "vitest";
import { isColumnName, isIdentifier } from "./column-names.ts";

it("isColumnName() recognizes usual names of columns in English and Chinese", () => {
  const names = [
    "label",
    "Text",
    "review_text",
    "goldLabel",
    "#1 String",
    "Sentence 1",
    "ＬＡＢＥＬ",
    "标签",
    "评论内容",
    "stars",
  ];
  expect(names.filter((name) => !isColumnName(name))).toEqual([]);
});

it("isColumnName() rejects labels and texts", () => {
  const texts = ["good", "positive", "0", "", "体育", "The text is good", "label ".repeat(9), "review of a hotel"];
  expect(texts.filter(isColumnName)).toEqual([]);
});

it("isIdentifier() recognizes single words", () => {
  expect(["utterance_a", "kind", "#1", "文本"].every(isIdentifier)).toBe(true);
  expect(["two words", "好。", "", "1st", "a".repeat(41)].some(isIdentifier)).toBe(false);
});
