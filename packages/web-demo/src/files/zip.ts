import { crc32 } from "@bertie/common";

/** File of a zip archive. */
export interface ZipEntry {
  /** Path in the archive. */
  readonly name: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** Creates a zip archive of less than 4 GiB (APPNOTE.TXT 6.3), without compression, because weights hardly compress. */
export function zip(entries: readonly ZipEntry[]): Blob {
  const parts: BlobPart[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const path = new TextEncoder().encode(name);
    // Method, time, date (1 January 1980), checksum, both sizes and name length occur in both headers of an entry.
    const size = [4, content.length] as const;
    const shared = fields([2, 0], [2, 0], [2, 0x21], [4, crc32(content)], size, size, [2, path.length]);
    const head = [fields([4, 0x04034b50], [2, 10], [2, 0x800]), shared, fields([2, 0]), path];
    parts.push(...head, content);
    const tail = fields([2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]);
    directory.push(fields([4, 0x02014b50], [2, 10], [2, 10], [2, 0x800]), shared, tail, path);
    offset += head.reduce((sum, { length }) => sum + length, content.length);
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const count = entries.length;
  const end = fields([4, 0x06054b50], [4, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/** Encodes little-endian numbers, each with its size in bytes. */
function fields(...numbers: readonly (readonly [size: 2 | 4, value: number])[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    numbers.flatMap(([size, value]) => Array.from({ length: size }, (_, i) => (value >>> (8 * i)) & 0xff)),
  );
}
