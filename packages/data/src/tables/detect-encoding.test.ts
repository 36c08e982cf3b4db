import { describe, expect, it } from "vitest";
import { encode } from "../testing/encode.ts";
import { LANGUAGES } from "../testing/sentences.ts";
import { detectEncoding } from "./detect-encoding.ts";
import { encodingOf } from "./encoding-labels.ts";

describe("detectEncoding()", () => {
  const cases = LANGUAGES.flatMap(({ name, encodings, sentences }) =>
    [...encodings, "utf-8", "utf-16le", "utf-16be"].map((encoding) => [name, encoding, sentences.join("\n")] as const),
  );

  it.each(cases)("recognizes %s in %s", (_, encoding, text) => {
    const bytes = encode(text, encoding) ?? encode(text.replaceAll(/[“”’–…«»「」^！]/g, ""), encoding);
    const guess = detectEncoding(bytes!);
    expect(guess.confidence).not.toBe("doubtful");
    expect(new TextDecoder(guess.encoding).decode(bytes)).toBe(new TextDecoder(encoding).decode(bytes));
    expect(guess.candidates[0]).toBe(guess.encoding);
  });

  it.each([
    ["UTF-8", [0xef, 0xbb, 0xbf, 0x61], "utf-8"],
    ["UTF-16LE", [0xff, 0xfe, 0x61, 0], "utf-16le"],
    ["UTF-16BE", [0xfe, 0xff, 0, 0x61], "utf-16be"],
  ])("is certain about a byte order mark of %s", (_, bytes, encoding) => {
    expect(detectEncoding(Uint8Array.from(bytes))).toMatchObject({ encoding, confidence: "certain" });
  });

  it("recognizes ISO-2022-JP by its escape sequences", () => {
    const bytes = [0x1b, 0x24, 0x42, 0x46, 0x7c, 0x4b, 0x5c, 0x1b, 0x28, 0x42, 0x0a];
    expect(detectEncoding(Uint8Array.from(bytes))).toMatchObject({ encoding: "iso-2022-jp", confidence: "certain" });
  });

  it("doubts a single character, and names candidates", () => {
    const guess = detectEncoding(Uint8Array.of(0x61, 0x09, 0xff, 0x0a));
    expect(guess.confidence).toBe("doubtful");
    expect(guess.candidates.length).toBeGreaterThan(1);
  });

  it.each([
    ["an English text", "text,label\nThe caf³ was nice,good\nThe room was bad,bad\n"],
    ["an English text, twice", "text,label\nThe caf³ and the na³ve waiter,good\n"],
    ["a text of no known language", "id,label\nabcdef³abc,x\nabcdef,y\n"],
  ])("doubts a wrong byte in %s", (_, text) => {
    const guess = detectEncoding(encode(text, "windows-1252")!);
    expect(guess.confidence).toBe("doubtful");
    expect(guess.candidates).toContain("windows-1250");
  });

  it("recognizes a few letters among common words of their language", () => {
    const polish = encode("text,label\njest ładny i nie jest to drogo,good\n", "windows-1250")!;
    expect(detectEncoding(polish)).toMatchObject({ encoding: "windows-1250", confidence: "likely" });
    const french = encode("text,label\nle café est bon,good\n", "windows-1252")!;
    expect(detectEncoding(french)).toMatchObject({ encoding: "windows-1252", confidence: "likely" });
  });

  it("takes UTF-8 with a few invalid bytes for damaged UTF-8", () => {
    const bytes = new Uint8Array([
      ...new TextEncoder().encode("很好，房间干净，服务也好，下次再来\n".repeat(5)),
      0xb0,
      0x0a,
    ]);
    expect(detectEncoding(bytes)).toMatchObject({ encoding: "utf-8", confidence: "doubtful", candidates: ["utf-8"] });
  });

  it("accepts a character that is cut at the end of a head", () => {
    const bytes = new TextEncoder().encode("很好很差").subarray(0, 11);
    expect(detectEncoding(bytes, false)).toMatchObject({ encoding: "utf-8", confidence: "certain" });
    expect(detectEncoding(bytes).encoding).not.toBe("gbk");
  });
});

describe("encodingOf()", () => {
  it.each([
    ["GBK", "gbk"],
    ["GB2312", "gbk"],
    ["gb18030", "gb18030"],
    ["cp936", "gbk"],
    ["utf_8_sig", "utf-8"],
    ["UTF16", "utf-16le"],
    ["utf-16-le", "utf-16le"],
    ["Latin-1", "windows-1252"],
    ["SJIS", "shift_jis"],
    ["shift_jis", "shift_jis"],
    ["cp1251", "windows-1251"],
    ["koi8_r", "koi8-r"],
    ["Big5-HKSCS", "big5"],
  ])("knows %s", (label, encoding) => {
    expect(encodingOf(label)).toBe(encoding);
  });

  it("rejects an unknown label, and names a similar one", () => {
    expect(() => encodingOf("gb18031")).toThrow(
      expect.objectContaining({ code: "options/encoding", message: expect.stringContaining("Did you mean gb18030?") }),
    );
  });
});
