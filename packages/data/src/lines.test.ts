import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readLines } from "./lines.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => [...readLines(bytes(text), "f")];

describe("readLines()", () => {
  it("ends lines at \\n and \\r\\n, with or without one at the end, and nowhere else", () => {
    const texts = ["a", "b\rc\u2028d\u0085e", "", "f"];
    const lines = texts.map((text, i) => ({ number: i + 1, text }));
    expect(read(texts.join("\n"))).toEqual(lines);
    expect(read(`${texts.join("\r\n")}\r\n`)).toEqual(lines);
  });

  it("drops a byte order mark at the start only, and keeps NUL", () => {
    expect(read("\ufeffa\u0000\n\ufeffb")).toEqual([
      { number: 1, text: "a\u0000" },
      { number: 2, text: "\ufeffb" },
    ]);
    expect(read("\ufeff")).toEqual([]);
    expect(read("")).toEqual([]);
  });

  it("gives back any lines joined by \\n", () => {
    const line = fc.string({ unit: "grapheme" }).filter((text) => !/[\n\r]|^\ufeff/.test(text));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const found = read(lines.map((text) => `${text}\n`).join(""));
        expect(found.map(({ text }) => text)).toEqual(lines);
      }),
    );
  });

  it("reads the same whether or not lines cross the blocks in which it decodes", () => {
    const long = "长".repeat(700_000); // 2.1 MB of UTF-8
    const texts = ["a", long, "\ufeffb", long, ""];
    expect(read(`${texts.join("\n")}\n`).map(({ text }) => text)).toEqual(texts);
  });

  it("names file and line of bytes that are not UTF-8", () => {
    const broken = (prefix: string) => () => [...readLines(new Uint8Array([...bytes(prefix), 0xe4, 0xb8]), "dev.tsv")];
    expect(broken("a\nb\nc")).toThrow(
      expect.objectContaining({
        code: "input/invalid-utf8",
        message: expect.stringMatching(/^dev\.tsv, line 3, byte 2: /),
      }),
    );
    expect(broken(`${"x".repeat(1 << 20)}\n`.repeat(2))).toThrow(/^dev\.tsv, line 3, byte 1: /);
  });

  it("leaves lines out that cannot be read, where their faults are taken, and counts them on", () => {
    const faults: string[] = [];
    const text = new Uint8Array([...bytes("a\n中b"), 0xff, 0x0a, ...bytes("c\n\nd"), 0xc3]);
    const lines = [...readLines(text, "f", ({ code, message }) => faults.push(`${code} ${message.slice(0, 17)}`))];
    expect(lines).toEqual([
      { number: 1, text: "a" },
      { number: 3, text: "c" },
      { number: 4, text: "" },
    ]);
    expect(faults).toEqual(["input/invalid-utf8 f, line 2, byte 5", "input/invalid-utf8 f, line 5, byte 2"]);
  });

  it("refuses a line longer than any text, before it makes a string of it", () => {
    const long = new Uint8Array((1 << 26) + 3).fill(0x61);
    long[1] = 0x0a;
    expect(() => [...readLines(long, "f")]).toThrow(
      expect.objectContaining({
        code: "input/line-too-long",
        message: expect.stringMatching(/^f, line 2: .*67108865/),
      }),
    );
  });

  it("says that a file is UTF-16", () => {
    const utf16 = new Uint8Array(new Uint16Array([0xfeff, 0x61, 0x0a]).buffer);
    expect(() => [...readLines(utf16, "dev.tsv")]).toThrow(/^dev\.tsv, line 1: .*UTF-16/);
  });
});
