import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openText } from "./open-text.ts";
import { bytesSource } from "./source.ts";

const chinese = "房间很干净，服务也好，下次还来\n毛巾有霉味，不会再来了\n";
const gb18030 = Buffer.from("b7bfbce4badcb8c9beb4a3acb7fecef1d2b2bac3a3accfc2b4ceebb9c0b40a", "hex");

/** Reads a text in chunks, which split characters. */
async function read(bytes: Uint8Array, name = "file.txt") {
  const source = {
    ...bytesSource(name, bytes),
    async *stream() {
      for (let start = 0; start < bytes.length; start += 7) yield bytes.slice(start, start + 7);
    },
  };
  const text = await openText(source);
  const parts: Uint8Array[] = [];
  for await (const chunk of text.stream()) parts.push(chunk.slice());
  return { ...text, bytes: Buffer.concat(parts) };
}

function utf16(text: string, littleEndian: boolean): Uint8Array {
  const bytes = Buffer.from(`\ufeff${text}`, "utf16le");
  return littleEndian ? bytes : bytes.swap16();
}

describe("openText()", () => {
  it("passes the bytes of UTF-8 through, without a byte order mark and with a few invalid bytes", async () => {
    const bytes = Buffer.from(chinese);
    expect(await read(bytes)).toMatchObject({ encoding: "utf-8", label: "UTF-8", bytes });
    expect((await read(Buffer.from(`\ufeff${chinese}`))).bytes).toEqual(bytes);
    const damaged = Buffer.concat([Buffer.from(chinese.repeat(3)), Buffer.from([0xff, 0x0a])]);
    expect((await read(damaged)).bytes).toEqual(damaged);
    expect((await read(Buffer.from(""))).bytes).toHaveLength(0);
  });

  it.each(["utf-16le", "utf-16be"])("converts %s", async (encoding) => {
    const text = await read(utf16(chinese, encoding === "utf-16le"));
    expect(text).toMatchObject({ encoding, bytes: Buffer.from(chinese) });
  });

  it("converts GBK", async () => {
    const text = await read(gb18030);
    expect(text.label).toBe("gb18030 (guessed)");
    expect(text.bytes.toString()).toBe(new TextDecoder("gb18030").decode(gb18030));
  });

  it("decompresses", async () => {
    const bytes = Buffer.from(chinese.repeat(100));
    expect((await read(gzipSync(bytes), "file.txt.gz")).bytes).toEqual(bytes);
  });

  it.each([
    ["an image", "89504e470d0a1a0a0000000d49484452"],
    ["a ZIP archive", "504b030414000000080000002100"],
    ["binary data", "7f454c4602010100000000000000000003003e000100"],
  ])("refuses %s", async (kind, hex) => {
    await expect(read(Buffer.from(hex, "hex"), "file.bin")).rejects.toMatchObject({
      code: "input/not-text",
      message: expect.stringMatching(new RegExp(`^file\\.bin: .*found ${kind}`)),
    });
  });
});
