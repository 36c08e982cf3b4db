import { describe, expect, it } from "vitest";
import { createLabelTrimmer, foldText, normalizeLabel } from "./normalize.ts";

describe("normalizeLabel()", () => {
  it("removes white space at the ends, including CJK, no-break and zero-width no-break spaces, and keeps inner spaces", () => {
    for (const space of [" ", "\t", "\u3000", "\u00a0", "\ufeff", "\u0085", "\u2003", "\r"])
      expect(normalizeLabel(`${space}very\u3000good${space}`)).toBe("very\u3000good");
    expect(normalizeLabel("good\u200b")).toBe("good\u200b");
    expect(normalizeLabel(" \u3000")).toBe("");
  });
});

describe("createLabelTrimmer()", () => {
  it("counts the labels that change", () => {
    const { trim, summary } = createLabelTrimmer();
    expect(summary()).toEqual({});
    expect(["good", "good ", "\u3000bad"].map(trim)).toEqual(["good", "good", "bad"]);
    expect(summary()).toEqual({ trimmedLabels: 2 });
  });
});

describe("foldText()", () => {
  it("is equal for texts that differ in case, width, composition, white space or invisible characters", () => {
    const same = [
      [
        "Positive",
        "positive",
        "POSITIVE",
        "Ｐｏｓｉｔｉｖｅ",
        "posi\u00adtive",
        "posi\u0007tive\u0001",
        "\ufeffpositive",
        "positive\ufe0f",
      ],
      ["café", "cafe\u0301", "CAFÉ"],
      ["very good", "very\u3000good", " very  good\u00a0", "very\u00a0good\u200b"],
      ["straße", "STRASSE"],
      ["σοφός", "ΣΟΦΌΣ", "σοφόσ"],
      ["ﬁne", "fine"],
    ];
    for (const [first, ...others] of same) for (const other of others) expect(foldText(other)).toBe(foldText(first!));
  });

  it("differs for texts that look different", () => {
    const different = ["good", "goods", "göod", "go od", "sı", "si", "好评", "差评", "1", "2", ""];
    expect(new Set(different.map(foldText)).size).toBe(different.length);
  });
});
