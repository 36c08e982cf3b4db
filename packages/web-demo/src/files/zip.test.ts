import { crc32 } from "node:zlib";
import { expect, it } from "vitest";
import { zip } from "./zip.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

it("zip() writes every entry at the offset in the central directory, with size and checksum", async () => {
  const entries = [
    { name: "run/config.json", content: bytes("{}") },
    { name: "run/标签.txt", content: bytes("好\n坏") },
    { name: "run/empty", content: bytes("") },
  ];
  const archive = new Uint8Array(await zip(entries).arrayBuffer());
  const view = new DataView(archive.buffer);
  const end = archive.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  expect(view.getUint16(end + 10, true)).toBe(entries.length);
  let at = view.getUint32(end + 16, true);
  expect(at + view.getUint32(end + 12, true)).toBe(end);
  const readEntries = entries.map(() => {
    expect(view.getUint32(at, true)).toBe(0x02014b50);
    const [crc, size, nameLength, offset] = [
      view.getUint32(at + 16, true),
      view.getUint32(at + 24, true),
      view.getUint16(at + 28, true),
      view.getUint32(at + 42, true),
    ];
    expect(view.getUint32(offset, true)).toBe(0x04034b50);
    const name = archive.slice(at + 46, at + 46 + nameLength);
    expect(archive.slice(offset + 30, offset + 30 + nameLength)).toEqual(name);
    const content = archive.slice(offset + 30 + nameLength, offset + 30 + nameLength + size);
    expect(crc).toBe(crc32(content));
    at += 46 + nameLength;
    return { name: new TextDecoder().decode(name), content };
  });
  expect(readEntries).toEqual(entries);
});
