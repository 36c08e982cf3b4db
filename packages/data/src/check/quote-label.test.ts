import { describe, expect, it } from "vitest";
import { countedLabels, quoteExactly, quoteLabel } from "./quote-label.ts";

describe("quoteLabel()", () => {
  it("escapes characters that are not visible, and keeps the others", () => {
    expect(quoteLabel('好评, "5" 星')).toBe('"好评, \\"5\\" 星"');
    expect(quoteLabel("good\u200b")).toBe('"good\\u200b"');
    expect(quoteLabel("a\u00a0b\u3000c\u001b[2J\u007f")).toBe('"a\\u00a0b\\u3000c\\u001b[2J\\u007f"');
  });

  it("truncates long labels between characters", () => {
    expect(quoteLabel("😀".repeat(50))).toBe(`"${"😀".repeat(40)}…"`);
    expect(quoteLabel("x".repeat(1e6))).toBe(`"${"x".repeat(40)}…"`);
  });
});

describe("quoteExactly()", () => {
  it("escapes decomposed accents and compatibility characters", () => {
    expect([quoteExactly("café"), quoteExactly("cafe\u0301")]).toEqual(['"café"', '"cafe\\u0301"']);
    expect(quoteExactly("Ａ")).toBe('"\\uff21"');
  });
});

describe("countedLabels()", () => {
  const labels = Array.from({ length: 12 }, (_, i) => ({ label: `label ${i}`, rows: i }));

  it("lists labels with counts, most frequent first, and counts the rest", () => {
    expect(countedLabels(labels, 2)).toBe('"label 11" (11), "label 10" (10), and 10 more');
    expect(countedLabels(labels.slice(0, 1))).toBe('"label 0" (0)');
  });
});
