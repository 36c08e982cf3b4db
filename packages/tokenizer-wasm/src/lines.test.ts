import { describe, expect, it } from "vitest";
import type { Lines } from "./index.ts";
import { tinyTokenizer, tokenizerFor } from "./testing/fixtures.ts";

const letters = [..."abcdefghij"];
const utf8 = (text: string) => new TextEncoder().encode(text);
const rows = ({ ids, rowOffsets }: Lines) =>
  Array.from({ length: rowOffsets.length - 1 }, (_, row) => [...ids.subarray(rowOffsets[row], rowOffsets[row + 1])]);

describe("encodeLines()", () => {
  it("returns one row per line; the last line may lack a line feed", async () => {
    const tokenizer = await tinyTokenizer(letters);
    expect(rows(tokenizer.encodeLines(utf8("a b\r\n\nc")))).toEqual([
      [2, 5, 6, 3],
      [2, 3],
      [2, 7, 3],
    ]);
    expect(rows(tokenizer.encodeLines(utf8("a\n"), { addSpecialTokens: false }))).toEqual([[5]]);
    expect(rows(tokenizer.encodeLines(utf8("\n")))).toEqual([[2, 3]]);
    expect(rows(tokenizer.encodeLines(new Uint8Array()))).toEqual([]);
  });

  it("truncates rows to maxLength", async () => {
    const tokenizer = await tinyTokenizer(letters);
    expect(rows(tokenizer.encodeLines(utf8("a b c\na"), { maxLength: 4 }))).toEqual([
      [2, 5, 6, 3],
      [2, 5, 3],
    ]);
    const options = { maxLength: 2, addSpecialTokens: false };
    expect(rows(tokenizer.encodeLines(utf8("a b c\na"), options))).toEqual([[5, 6], [5]]);
    expect(() => tokenizer.encodeLines(utf8("a"), { maxLength: 1 })).toThrowError(
      expect.objectContaining({ code: "options/max-length" }),
    );
  });

  it("counts offsets in bytes from the start of the line", async () => {
    const tokenizer = await tinyTokenizer(["a", "中"]);
    const { offsets } = tokenizer.encodeLines(utf8("x\n中 a"), { addSpecialTokens: false, offsets: true });
    expect(offsets).toEqual(Int32Array.of(0, 1, 0, 3, 4, 5));
  });

  it("reuses the arrays of an old result if they are large enough", async () => {
    const tokenizer = await tinyTokenizer(letters);
    const old = tokenizer.encodeLines(utf8("a b c\nd e"), { offsets: true });
    const { ids } = old;
    const reused = tokenizer.encodeLines(utf8("j\ni"), { offsets: true, reuse: old });
    expect(reused).toEqual(tokenizer.encodeLines(utf8("j\ni"), { offsets: true }));
    expect(reused.ids.buffer).toBe(ids.buffer);
    const text = utf8("a b c d e f g h i j\n".repeat(50_000));
    expect(tokenizer.encodeLines(text, { reuse: reused })).toEqual(tokenizer.encodeLines(text));
  });

  it("replaces, skips or rejects lines that are not valid UTF-8, and reports their indices", async () => {
    const tokenizer = await tinyTokenizer(letters);
    const bytes = utf8("a\na?b\nc?\nd").map((byte) => (byte === 63 ? 0xff : byte));
    const options = { addSpecialTokens: false };
    const replaced = tokenizer.encodeLines(bytes, options);
    expect([rows(replaced), replaced.invalidLines]).toEqual([
      [[5], [1], [7], [8]],
      [1, 2],
    ]);
    const skipped = tokenizer.encodeLines(bytes, { ...options, invalidUtf8: "skip" });
    expect([rows(skipped), skipped.invalidLines]).toEqual([
      [[5], [], [], [8]],
      [1, 2],
    ]);
    expect(() => tokenizer.encodeLines(bytes, { ...options, invalidUtf8: "fail" })).toThrowError(
      expect.objectContaining({ code: "input/invalid-utf8", message: expect.stringContaining("line 2, byte 2:") }),
    );
  });

  it.each(["\xe4\xb8", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80", "\x80"])(
    "reads the invalid bytes %j as U+FFFD, and decodes the bytes after them",
    async (bad) => {
      const tokenizer = await tinyTokenizer(["ab", "中"]);
      const bytes = Uint8Array.from(`a${bad}b \xe4\xb8\xad${bad}`, (character) => character.charCodeAt(0));
      const { ids, invalidLines } = tokenizer.encodeLines(bytes, { addSpecialTokens: false });
      expect([[...ids], invalidLines]).toEqual([[5, 6], [0]]);
    },
  );

  it("returns the same rows for text of many chunks, and for lines longer than a chunk", async () => {
    const tokenizer = await tokenizerFor("en");
    const lines = Array.from({ length: 9000 }, (_, i) => `line ${i} of the text, ${"中é ".repeat(i % 40)}\xff`);
    lines[100] = "unaffable ".repeat(60_000);
    const bytes = utf8(lines.join("\n"));
    expect(bytes.length).toBeGreaterThan(1 << 20);
    const all = tokenizer.encodeLines(bytes, { offsets: true });
    const one = lines.map((line) => tokenizer.encodeLines(utf8(line), { offsets: true }));
    expect(all.rowOffsets.at(-1)).toBe(all.ids.length);
    const bytesOf = ({ buffer, byteOffset, byteLength }: Int32Array) => Buffer.from(buffer, byteOffset, byteLength);
    const joined = (parts: Int32Array[]) => Buffer.concat(parts.map(bytesOf));
    expect(joined(one.map(({ ids }) => ids)).equals(joined([all.ids]))).toBe(true);
    expect(joined(one.map(({ offsets }) => offsets!)).equals(joined([all.offsets!]))).toBe(true);
    const broken = bytes.with(bytes.length - 1, 0xff);
    expect(tokenizer.encodeLines(broken).invalidLines).toEqual([lines.length - 1]);
  });
});
