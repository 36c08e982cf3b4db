import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { didYouMean } from "./did-you-mean.ts";

const metrics = ["accuracy", "loss", "f1", "macro_f1", "matthews_correlation"];

describe("didYouMean()", () => {
  it.each([
    ["acuracy", "accuracy"],
    ["Accuracy", "accuracy"],
    ["los", "loss"],
    ["matthews", "matthews_correlation"],
    ["macrof1", "macro_f1"],
  ])("corrects %s to %s", (word, candidate) => {
    expect(didYouMean(word, metrics)).toBe(` Did you mean ${candidate}?`);
  });

  it.each(["precision", "", "x", "perplexity"])("returns an empty string for %j", (word) => {
    expect(didYouMean(word, metrics)).toBe("");
  });

  it("suggests the candidate with the fewest edits", () => {
    expect(didYouMean("evla", ["train", "eval", "evaluate"])).toBe(" Did you mean eval?");
  });

  it("finds a candidate of five letters or more after any single replacement", () => {
    const candidate = fc.stringMatching(/^[a-z]{5,12}$/);
    fc.assert(
      fc.property(candidate, fc.nat(), (word, at) => {
        const position = at % word.length;
        const mistyped = `${word.slice(0, position)}#${word.slice(position + 1)}`;
        expect(didYouMean(mistyped, ["--------", word])).toBe(` Did you mean ${word}?`);
      }),
    );
  });
});
