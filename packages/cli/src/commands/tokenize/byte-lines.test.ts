import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byteLines } from "./byte-lines.ts";

async function* chunksOf(bytes: Uint8Array, size: number) {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function linesOf(text: string, size: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const group of byteLines(chunksOf(new TextEncoder().encode(text), size)))
    lines.push(...group.map((line) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(line)));
  return lines;
}

describe("byteLines()", () => {
  it("ends lines at \\n and \\r\\n, keeps empty ones, and needs no end after the last", async () => {
    expect(await linesOf("a\r\n\nb", 2)).toEqual(["a", "", "b"]);
    expect(await linesOf("a\n", 1)).toEqual(["a"]);
    expect(await linesOf("", 1)).toEqual([]);
  });

  it("gives the same lines however the bytes are cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("天", "a", "\n", "\r\n", "𠀀"), { maxLength: 30 }),
        fc.integer({ min: 1, max: 9 }),
        async (parts, size) => {
          const text = parts.join("");
          const expected = text.split(/\r?\n/);
          if (expected.at(-1) === "") expected.pop();
          expect(await linesOf(text, size)).toEqual(expected);
        },
      ),
    );
  });
});
