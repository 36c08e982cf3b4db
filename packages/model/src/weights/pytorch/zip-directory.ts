import { BertieError, type ErrorCode } from "@bertie/common";
import { byteReader } from "./byte-reader.ts";

const END = 0x06054b50;
const ZIP64_END = 0x06064b50;
const ZIP64_LOCATOR = 0x07064b50;
const END_SIZE = 22;
const LOCATOR_SIZE = 20;
const ZIP64_END_SIZE = 56;
const LONGEST_COMMENT = 0xffff;

/** In a field of 2 or 4 bytes: the zip64 record holds the number instead. */
const IN_ZIP64 = { 2: 0xffff, 4: 0xffffffff } as const;

/** More than a BERT of a thousand layers has tensors; each takes memory beyond its bytes in the file. */
const MOST_ENTRIES = 1 << 16;

/** Where an archive's list of entries lies. */
export type ZipDirectory = { readonly count: number; readonly start: number; readonly size: number };

/**
 * Finds the list of entries by the record at the archive's end, behind which only a comment may stand.
 *
 * @throws BertieError weights/zip, weights/zip-mismatch, weights/zip-limit
 */
export function zipDirectory(bytes: Uint8Array, fileName: string): ZipDirectory {
  const at = findEnd(bytes);
  if (at < 0) throw zipFault("weights/zip", fileName, "the zip archive has no end record");
  const end = byteReader(bytes, at + 4, fileName);
  const disks = [end.uint(2), end.uint(2)];
  const here = end.uint(2);
  const narrow = { count: end.uint(2), size: end.uint(4), start: end.uint(4) };
  if (disks.some((disk) => disk !== 0) || here !== narrow.count)
    throw zipFault("weights/zip", fileName, "the zip archive goes over several files");
  const wide = readZip64End(bytes, at, fileName);
  if (wide && !agree(narrow, wide.directory))
    throw zipFault("weights/zip-mismatch", fileName, "the zip archive's two end records disagree");
  const { count, start, size } = wide?.directory ?? narrow;
  if (!(start + size <= (wide?.at ?? at)))
    throw zipFault(
      "weights/zip",
      fileName,
      `the zip directory would end at byte ${start + size}, behind the end record`,
    );
  if (count > MOST_ENTRIES)
    throw zipFault("weights/zip-limit", fileName, `the zip archive has ${count} entries, more than ${MOST_ENTRIES}`);
  return { count, start, size };
}

export function zipFault(code: ErrorCode, fileName: string, what: string): BertieError {
  return new BertieError(code, `${fileName}: ${what}; get the file anew`);
}

/** Where the end record begins, which says how long the comment behind it is; -1 where there is none. */
function findEnd(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const earliest = Math.max(0, bytes.length - END_SIZE - LONGEST_COMMENT);
  for (let at = bytes.length - END_SIZE; at >= earliest; at--) {
    if (view.getUint32(at, true) !== END) continue;
    if (view.getUint16(at + END_SIZE - 2, true) === bytes.length - at - END_SIZE) return at;
  }
  return -1;
}

/** The end record of archives with large numbers, where a locator in front of the ordinary record points to one. */
function readZip64End(
  bytes: Uint8Array,
  endAt: number,
  fileName: string,
): { directory: ZipDirectory; at: number } | undefined {
  if (endAt < LOCATOR_SIZE) return undefined;
  const locator = byteReader(bytes, endAt - LOCATOR_SIZE, fileName);
  if (locator.uint(4) !== ZIP64_LOCATOR) return undefined;
  locator.take(4);
  const at = locator.uint(8);
  if (at > endAt - LOCATOR_SIZE - ZIP64_END_SIZE)
    throw zipFault("weights/zip", fileName, "the zip64 end record is not where it should be");
  const end = byteReader(bytes, at, fileName);
  if (end.uint(4) !== ZIP64_END)
    throw zipFault("weights/zip", fileName, "the zip64 end record is not where it should be");
  end.take(20); // size, versions, disk numbers
  const here = end.uint(8);
  const directory = { count: end.uint(8), size: end.uint(8), start: end.uint(8) };
  if (here !== directory.count) throw zipFault("weights/zip", fileName, "the zip archive goes over several files");
  return { directory, at };
}

/** Whether the ordinary end record says what the zip64 one says, or refers to it. */
function agree(narrow: ZipDirectory, wide: ZipDirectory): boolean {
  const same = (key: keyof ZipDirectory, bytes: 2 | 4) => narrow[key] === wide[key] || narrow[key] === IN_ZIP64[bytes];
  return same("count", 2) && same("size", 4) && same("start", 4);
}
