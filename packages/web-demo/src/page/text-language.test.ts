import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { languageOfText } from "./text-language.ts";

const root = new URL("../../../../", import.meta.url);
const texts = (path: string) =>
  readFileSync(new URL(path, root), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.slice(line.indexOf("\t") + 1));

describe("languageOfText()", () => {
  it.each([
    ["房间很干净", "zh"],
    ["房间很干净，wifi 也快", "zh"],
    ["这台 MacBook Pro 很好用", "zh"],
    ["The room was clean.", "en"],
    ["The room was clean, 9/10", "en"],
    ["Great room", "en"],
    ["部屋はとても綺麗でした", "other"],
    ["部屋はとてもきれいでした", "other"],
    ["방이 깨끗했어요", "other"],
    ["Комната была чистой", "other"],
    ["Номер был чистый", "other"],
    ["الغرفة نظيفة", "other"],
    [
      "Das Zimmer war sehr sauber, aber das Frühstück hat uns überhaupt nicht geschmeckt, und niemand am Empfang wollte uns helfen oder auch nur zuhören.",
      "other",
    ],
    ["12:30, 100%", undefined],
    ["123 !?", undefined],
    ["", undefined],
  ])("detects %j", (text, language) => {
    expect(languageOfText(text)).toBe(language);
  });

  it("detects the language of both bundled tables, and of nearly each of their texts", () => {
    for (const [folder, language] of [
      ["reviews", "zh"],
      ["reviews-en", "en"],
    ] as const) {
      const rows = texts(`examples/data/${folder}/dev.tsv`);
      expect(languageOfText(rows.join("\n"))).toBe(language);
      const others = rows.filter((row) => (languageOfText(row) ?? language) !== language);
      expect(others.length / rows.length).toBeLessThan(0.02);
    }
  });
});
