import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { compressionOf, decompress, isUndecided } from "./decompress.ts";

/** Written by zstd 1.5: a frame with 很好, a skippable frame, a frame with four hellos and no checksum, a frame with "a". */
const ZSTD = Buffer.from(
  "KLUv/SQHOQAA5b6I5aW9CgtkCy9QKk0YAwAAAGFiYyi1L/0AWG0AADhoZWxsbyAKAQCZSxEotS/9BFgRAABhClXIzB4=",
  "base64",
);
const GZIP = Buffer.concat(["很好\n", "hello hello hello hello\n", "a\n"].map((text) => gzipSync(text)));
const TEXT = "很好\nhello hello hello hello\na\n";

async function* chunksOf(bytes: Uint8Array, size: number) {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function textOf(bytes: Uint8Array, compression: "gzip" | "zstd"): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of decompress(chunksOf(bytes, 5), compression, "f")) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe("compressionOf()", () => {
  it("detects the compression by the file name or by the first bytes", () => {
    const text = new TextEncoder().encode("text");
    expect(compressionOf("a.gz", text)).toBe("gzip");
    expect(compressionOf("a.txt.zst", text)).toBe("zstd");
    expect(compressionOf("a", GZIP)).toBe("gzip");
    expect(compressionOf("a", ZSTD)).toBe("zstd");
    expect(compressionOf("a.txt", text)).toBe(undefined);
    expect(compressionOf("a.txt", new Uint8Array(0))).toBe(undefined);
  });
});

describe("isUndecided()", () => {
  it("is true only for a proper prefix of a magic number", () => {
    const undecided = [[], [0x1f], [0x28, 0xb5], [0x28, 0xb5, 0x2f]];
    const decided = [[0x61], [0x1f, 0x8b], [0x28, 0xb5, 0x2f, 0xfd], [0x28, 0x61]];
    expect(undecided.map((head) => isUndecided(Uint8Array.from(head)))).toEqual([true, true, true, true]);
    expect(decided.map((head) => isUndecided(Uint8Array.from(head)))).toEqual([false, false, false, false]);
  });
});

describe.each([
  ["gzip", GZIP],
  ["zstd", ZSTD],
] as const)("decompress() of %s", (compression, bytes) => {
  it("decompresses concatenated files", async () => {
    expect(await textOf(bytes, compression)).toBe(TEXT);
  });

  it.each([
    ["truncated", bytes.subarray(0, -8)],
    ["uncompressed", new TextEncoder().encode("no archive, but a text")],
  ])("throws for %s input", async (_, broken) => {
    await expect(textOf(broken, compression)).rejects.toThrow(
      new RegExp(`^f: cannot be decompressed as ${compression} \\(.+\\)\\. The file is damaged or truncated\\.`),
    );
  });

  it("rethrows errors of the source unchanged", async () => {
    // biome-ignore lint/correctness/useYield: it fails before the first chunk
    async function* failing(): AsyncGenerator<Uint8Array> {
      throw new RangeError("of the disk");
    }
    const read = async () => {
      for await (const _ of decompress(failing(), compression, "f"));
    };
    await expect(read()).rejects.toThrow(/^of the disk$/);
  });
});
