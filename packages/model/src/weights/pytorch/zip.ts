import { BertieError } from "@bertie/common";
import { quote } from "../../quote.ts";
import { type ByteReader, byteReader } from "./byte-reader.ts";

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const ZIP64_END = 0x06064b50;
const ZIP64_LOCATOR = 0x07064b50;
const END_SIZE = 22;
const LOCATOR_SIZE = 20;
const LONGEST_COMMENT = 0xffff;

/** In these fields the zip64 record or extra field holds the number instead. */
const IN_ZIP64 = 0xffffffff;
const ZIP64_EXTRA = 1;

/**
 * The entries of a zip archive by name, as views of its bytes.
 *
 * torch.save stores its entries without compression, so that they can be mapped into memory. This reader does the same
 * and knows nothing else: a library that inflates would copy every tensor, and would have to be guarded against
 * archives that inflate without end. Checksums are not looked at; torch can be told to leave them out.
 *
 * @throws BertieError weights/zip, weights/zip-compressed, weights/truncated
 */
export function readStoredZip(bytes: Uint8Array, fileName: string): Map<string, Uint8Array> {
  const { count, start } = findDirectory(bytes, fileName);
  const directory = byteReader(bytes, start, fileName);
  const entries = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) {
    const { name, content } = readEntry(directory, bytes, fileName);
    if (entries.has(name)) throw damaged(fileName, `two entries are called ${quote(name)}`);
    entries.set(name, content);
  }
  return entries;
}

/** Finds the list of entries by the record at the archive's end, behind which only a comment may stand. */
function findDirectory(bytes: Uint8Array, fileName: string): { count: number; start: number } {
  const earliest = Math.max(0, bytes.length - END_SIZE - LONGEST_COMMENT);
  for (let at = bytes.length - END_SIZE; at >= earliest; at--) {
    const end = byteReader(bytes, at, fileName);
    if (end.uint(4) !== END) continue;
    end.take(6); // disk numbers, entries on this disk
    const count = end.uint(2);
    end.take(4);
    const start = end.uint(4);
    if (end.uint(2) !== bytes.length - at - END_SIZE) continue;
    return readZip64End(bytes, at, fileName) ?? { count, start };
  }
  throw damaged(fileName, "the zip archive has no end record");
}

/** The end record of archives with large numbers, where a locator in front of the ordinary record points to one. */
function readZip64End(
  bytes: Uint8Array,
  endAt: number,
  fileName: string,
): { count: number; start: number } | undefined {
  if (endAt < LOCATOR_SIZE) return undefined;
  const locator = byteReader(bytes, endAt - LOCATOR_SIZE, fileName);
  if (locator.uint(4) !== ZIP64_LOCATOR) return undefined;
  locator.take(4);
  const end = readerAt(bytes, locator.uint(8), fileName);
  if (end.uint(4) !== ZIP64_END) throw damaged(fileName, "the zip64 end record is not where it should be");
  end.take(28); // size, versions, disk numbers, entries on this disk
  const count = end.uint(8);
  end.take(8);
  return { count, start: end.uint(8) };
}

function readEntry(directory: ByteReader, bytes: Uint8Array, fileName: string): { name: string; content: Uint8Array } {
  if (directory.uint(4) !== CENTRAL_HEADER) throw damaged(fileName, "the zip directory is broken");
  directory.take(4); // versions
  const flags = directory.uint(2);
  const method = directory.uint(2);
  directory.take(8); // time, date, checksum
  let packedSize = directory.uint(4);
  let size = directory.uint(4);
  const nameLength = directory.uint(2);
  const extraLength = directory.uint(2);
  const commentLength = directory.uint(2);
  directory.take(8); // disk number, attributes
  let offset = directory.uint(4);
  const name = new TextDecoder().decode(directory.take(nameLength));
  const wide = zip64Fields(directory.take(extraLength), fileName);
  directory.take(commentLength);

  // The extra field holds, in this order, those of the numbers that did not fit.
  if (size === IN_ZIP64) size = wide();
  if (packedSize === IN_ZIP64) packedSize = wide();
  if (offset === IN_ZIP64) offset = wide();
  if ((flags & 1) !== 0) throw damaged(fileName, `entry ${quote(name)} is encrypted`);
  if (method !== 0) {
    const text = `${fileName}: entry ${quote(name)} is compressed, which torch.save does not do; unpack the archive and zip it with "zip -0"`;
    throw new BertieError("weights/zip-compressed", text);
  }
  if (packedSize !== size) throw damaged(fileName, `entry ${quote(name)} has two sizes`);

  const local = readerAt(bytes, offset, fileName);
  if (local.uint(4) !== LOCAL_HEADER) throw damaged(fileName, `entry ${quote(name)} is not where it should be`);
  local.take(22); // what the directory says too
  const localNameLength = local.uint(2);
  local.take(local.uint(2) + localNameLength);
  return { name, content: local.take(size) };
}

/** Reads the numbers of the zip64 extra field, one a call. */
function zip64Fields(extra: Uint8Array, fileName: string): () => number {
  const reader = byteReader(extra, 0, fileName);
  let field: ByteReader | undefined;
  while (!field && extra.length - reader.position() >= 4) {
    const id = reader.uint(2);
    const content = reader.take(reader.uint(2));
    if (id === ZIP64_EXTRA) field = byteReader(content, 0, fileName);
  }
  return () => {
    if (!field) throw damaged(fileName, "a zip entry's size is missing");
    return field.uint(8);
  };
}

function readerAt(bytes: Uint8Array, position: number, fileName: string): ByteReader {
  if (position > bytes.length) throw damaged(fileName, `something should be at byte ${position} of ${bytes.length}`);
  return byteReader(bytes, position, fileName);
}

function damaged(fileName: string, what: string): BertieError {
  return new BertieError("weights/zip", `${fileName}: ${what}; get the file anew`);
}
