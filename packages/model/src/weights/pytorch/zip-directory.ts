import { BertieError, type ErrorCode } from "@bertie/common";
import { byteReader } from "./byte-reader.ts";

const END = 0x06054b50;
const ZIP64_END = 0x06064b50;
const ZIP64_LOCATOR = 0x07064b50;
const END_SIZE = 22;
const LOCATOR_SIZE = 20;
const ZIP64_END_SIZE = 56;
const MAX_COMMENT_BYTES = 0xffff;

/** Values of 2-byte and 4-byte fields that mean that the number is in the zip64 record instead. */
const IN_ZIP64 = { 2: 0xffff, 4: 0xffffffff } as const;

/** Maximum number of entries, because each entry takes memory. A BERT with 1,000 layers has fewer tensors. */
const MAX_ENTRIES = 1 << 16;

/** Position and size in bytes of an archive's central directory, and its number of entries. */
export type ZipDirectory = { readonly count: number; readonly start: number; readonly size: number };

/**
 * Finds the central directory of a zip archive from the end record. Only a comment can follow the end record.
 *
 * The format is described in PKWARE's APPNOTE.TXT.
 *
 * @throws BertieError "weights/zip", "weights/zip-mismatch" or "weights/zip-limit" if the archive is not valid
 */
export function zipDirectory(bytes: Uint8Array, fileName: string): ZipDirectory {
  const at = findEnd(bytes);
  if (at < 0) throw zipError("weights/zip", fileName, "the zip archive has no end record");
  const end = byteReader(bytes, at + 4, fileName);
  const disks = [end.uint(2), end.uint(2)];
  const here = end.uint(2);
  const narrow = { count: end.uint(2), size: end.uint(4), start: end.uint(4) };
  if (disks.some((disk) => disk !== 0) || here !== narrow.count)
    throw zipError("weights/zip", fileName, "the zip archive is split into several files");
  const wide = readZip64End(bytes, at, fileName);
  if (wide && !agree(narrow, wide.directory))
    throw zipError("weights/zip-mismatch", fileName, "the zip archive's two end records disagree");
  const { count, start, size } = wide?.directory ?? narrow;
  if (!(start + size <= (wide?.at ?? at)))
    throw zipError(
      "weights/zip",
      fileName,
      `the zip archive's central directory ends at byte ${start + size}, after the start of the end record`,
    );
  if (count > MAX_ENTRIES)
    throw zipError(
      "weights/zip-limit",
      fileName,
      `expected a zip archive of at most ${MAX_ENTRIES} entries, found ${count}`,
    );
  return { count, start, size };
}

/** Returns an error about an archive whose message recommends downloading the file again. */
export function zipError(code: ErrorCode, fileName: string, problem: string): BertieError {
  return new BertieError(code, `${fileName}: ${problem}. Download the file again.`);
}

/** Returns the position of the end record, whose comment must extend to the end of the file; -1 if there is none. */
function findEnd(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const earliest = Math.max(0, bytes.length - END_SIZE - MAX_COMMENT_BYTES);
  for (let at = bytes.length - END_SIZE; at >= earliest; at--) {
    if (view.getUint32(at, true) !== END) continue;
    if (view.getUint16(at + END_SIZE - 2, true) === bytes.length - at - END_SIZE) return at;
  }
  return -1;
}

/** Reads the zip64 end record, if a locator directly before the ordinary end record points to one. */
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
    throw zipError("weights/zip", fileName, "the zip64 end record is missing");
  const end = byteReader(bytes, at, fileName);
  if (end.uint(4) !== ZIP64_END) throw zipError("weights/zip", fileName, "the zip64 end record is missing");
  end.take(20); // size, versions, disk numbers
  const here = end.uint(8);
  const directory = { count: end.uint(8), size: end.uint(8), start: end.uint(8) };
  if (here !== directory.count) throw zipError("weights/zip", fileName, "the zip archive is split into several files");
  return { directory, at };
}

/** Returns whether each field of the ordinary end record equals the zip64 field or refers to the zip64 field. */
function agree(narrow: ZipDirectory, wide: ZipDirectory): boolean {
  const same = (key: keyof ZipDirectory, bytes: 2 | 4) => narrow[key] === wide[key] || narrow[key] === IN_ZIP64[bytes];
  return same("count", 2) && same("size", 4) && same("start", 4);
}
