import { describe, expect, it } from "vitest";
import { createLineDecoder } from "./line-decoder.ts";

const lines = [Uint8Array.of(0xef, 0xbb, 0xbf, 0x61), Uint8Array.of(0x62, 0xff), Uint8Array.of(0xef, 0xbb, 0xbf)];

describe("createLineDecoder()", () => {
  it("drops a byte order mark at the start of the file, and only there", () => {
    const decoder = createLineDecoder("f", "skip");
    expect(decoder.decode([lines[0]!])).toEqual(["a"]);
    expect(decoder.decode([lines[2]!])).toEqual(["\uFEFF"]);
  });

  it.each([
    ["replace" as const, ["a", "b\uFFFD", "\uFEFF"]],
    ["skip" as const, ["a", "\uFEFF"]],
  ])("%ss what is not UTF-8, and counts it", (whenInvalid, texts) => {
    const decoder = createLineDecoder("f", whenInvalid);
    expect(decoder.decode(lines)).toEqual(texts);
    expect(decoder.faults()).toBe(1);
  });

  it("names file and line where it is to fail", () => {
    expect(() => createLineDecoder("f.txt", "fail").decode(lines)).toThrow(/^f\.txt, line 2: the bytes are not valid/);
  });
});
