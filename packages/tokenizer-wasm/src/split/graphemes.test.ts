import fc from "fast-check";
import { expect, it } from "vitest";
import { isGraphemeBoundary } from "./graphemes.ts";

const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });

/** Returns whether each position of a text is a boundary according to Intl.Segmenter. */
function boundaries(text: string): boolean[] {
  const starts = new Set([...segmenter.segment(text)].map(({ index }) => index));
  return Array.from({ length: text.length }, (_, at) => starts.has(at));
}

it("isGraphemeBoundary() agrees with Intl.Segmenter on the whole text", () => {
  const special = fc.constantFrom(
    ..."\r\n\u200d\u0301\ufe0f\u{e0100}\u{1f468}\u{1f3fd}\u{1f1e9}\u{1f1ea}‼©한\u1112\u1161\u11ab\u0e33\u0600नि्ﾞー゙中\u{20000}aД.\u00ad",
  );
  const text = fc.array(fc.oneof(special, fc.string({ unit: "binary", maxLength: 2 })), { maxLength: 30 });
  fc.assert(
    fc.property(text, (parts) => {
      const text = parts.join("");
      const found = Array.from({ length: text.length }, (_, at) => isGraphemeBoundary(text, at));
      expect(found).toEqual(boundaries(text));
    }),
    { numRuns: 100 },
  );
});

it("isGraphemeBoundary() is right between a letter or a syllable and every character of the basic plane", () => {
  for (const [first, neighbor] of ["a", "각"].entries()) {
    const wrong: string[] = [];
    for (let start = 0; start < 0x10000; start += 256) {
      if (start >= 0xd800 && start < 0xe000) continue;
      const pairs = Array.from({ length: 128 }, (_, i) => neighbor + String.fromCharCode(start + 2 * i + first));
      const found = boundaries(pairs.join("\n"));
      wrong.push(...pairs.filter((pair, i) => isGraphemeBoundary(pair, 1) !== found[3 * i + 1]));
    }
    expect(wrong).toEqual([]);
  }
});
