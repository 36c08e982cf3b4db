import fc from "fast-check";
import { expect, it } from "vitest";
import { markedParts } from "./marks.ts";

it("markedParts() marks white space and invisible characters", () => {
  expect(markedParts("a  b\t\u200b好\n\u3000")).toEqual([
    { text: "a" },
    { text: " ", mark: "·" },
    { text: " ", mark: "·" },
    { text: "b" },
    { text: "\t", mark: "→" },
    { text: "\u200b", mark: "U+200B", hasNoWidth: true },
    { text: "好" },
    { text: "\n", mark: "↵" },
    { text: "\u3000", mark: "□" },
  ]);
});

it("markedParts() keeps all characters, and emoji with joiners in one part", () => {
  const units = fc.array(fc.constantFrom("a", " ", "\n", "\u200b", "\u200d", "\ud83d", "\ude00", "好", "\0"));
  const joined = (text: string) => markedParts(text).map((part) => part.text);
  fc.assert(fc.property(units, (parts) => joined(parts.join("")).join("") === parts.join("")));
  expect(markedParts("👩‍💻")).toEqual([{ text: "👩‍💻" }]);
});
