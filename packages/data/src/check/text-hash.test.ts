import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldText } from "./normalize.ts";
import { foldedHashOf, hashOf, wordHashOf } from "./text-hash.ts";

const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.string());

describe("foldedHashOf()", () => {
  it("equals the hash of the folded texts", () => {
    fc.assert(
      fc.property(text, fc.option(text, { nil: undefined }), (a, b) => {
        expect(foldedHashOf(a, b)).toEqual(hashOf(foldText(a), b === undefined ? undefined : foldText(b)));
      }),
      { numRuns: 2000 },
    );
  });

  it("equals the hash of the folded text for every character between two others", () => {
    const wrong: string[] = [];
    for (let code = 0; code < 0x30000; code++) {
      const character = `e${String.fromCodePoint(code)}a \u3000`;
      if (foldedHashOf(character).join() !== hashOf(foldText(character)).join()) wrong.push(code.toString(16));
    }
    expect(wrong).toEqual([]);
  });
});

describe("hashes", () => {
  it("differ for a million different texts, and for pairs that are split differently", () => {
    const hashes = new Set<number>();
    const words = new Set<number>();
    for (let i = 0; i < 1e6; i++) {
      const [low, high] = hashOf(`row ${i}`);
      hashes.add(high * 2 ** 21 + (low >>> 11));
      words.add(wordHashOf(`row ${i}`));
    }
    expect(hashes.size).toBe(1e6);
    // 32 bits: about 116 of a million hashes are expected to be equal.
    expect(words.size).toBeGreaterThan(1e6 - 300);
    expect(hashOf("ab", "c")).not.toEqual(hashOf("a", "bc"));
    expect(wordHashOf("a", "b")).not.toBe(wordHashOf("ab"));
  });
});
