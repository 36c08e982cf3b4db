import { BertieError, type ErrorCode, quote } from "@bertie/common";
import { type ByteReader, byteReader } from "./byte-reader.ts";
import { type ZipDirectory, zipDirectory, zipError } from "./zip-directory.ts";

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;

/** Value of a 4-byte field that means that the number is in the zip64 extra field instead. */
const IN_ZIP64 = 0xffffffff;
const ZIP64_EXTRA = 1;

/** Flag of an encrypted entry. */
const ENCRYPTED = 1;
/** Flag of an entry whose sizes follow the content and can be 0 in the header. torch.save sets it for all entries. */
const SIZES_FOLLOW = 8;

/** Fields that are both in the directory and in the header of an entry. */
type EntryFields = {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly packedSize: number;
  readonly size: number;
};

/** Entry whose header and content are the bytes [`from`, `to`) of the archive. */
type Entry = { readonly name: string; readonly content: Uint8Array; readonly from: number; readonly to: number };

/**
 * Returns the entries of an uncompressed zip archive by name, as views of its bytes.
 *
 * torch.save writes entries without compression, so that they can be memory-mapped. Compression is not supported,
 * because decompression would require a copy of every tensor and protection against decompression bombs. Headers of
 * entries must match the directory, and entries must not overlap. Checksums are not verified, because torch.save can be
 * configured to omit them.
 *
 * @throws BertieError "weights/zip", "weights/zip-limit", "weights/zip-name", "weights/zip-duplicate",
 *   "weights/zip-encrypted", "weights/zip-compressed", "weights/zip-mismatch", "weights/zip-overlap" or
 *   "weights/truncated" if the archive is not valid
 */
export function readStoredZip(bytes: Uint8Array, fileName: string): Map<string, Uint8Array> {
  const place = zipDirectory(bytes, fileName);
  const directory = byteReader(bytes, place.start, fileName);
  const contents = new Map<string, Uint8Array>();
  const entries: Entry[] = [];
  for (let i = 0; i < place.count; i++) {
    const entry = readEntry(directory, bytes, fileName);
    if (contents.has(entry.name)) {
      throw zipError("weights/zip-duplicate", fileName, `two entries are named ${quote(entry.name)}`);
    }
    contents.set(entry.name, entry.content);
    entries.push(entry);
  }
  if (directory.position() !== place.start + place.size)
    throw zipError(
      "weights/zip-mismatch",
      fileName,
      "the size of the zip archive's central directory does not match the end record",
    );
  checkExtents(entries, place, fileName);
  return contents;
}

/** Throws if entries overlap. Without this check, a small archive could contain many large entries that share bytes. */
function checkExtents(entries: readonly Entry[], { start }: ZipDirectory, fileName: string): void {
  let covered = 0;
  for (const { name, from, to } of entries.toSorted((a, b) => a.from - b.from)) {
    if (from < covered || to > start) {
      const other = from < covered ? "the previous entry" : "the directory";
      throw zipError("weights/zip-overlap", fileName, `entry ${quote(name)} overlaps ${other}`);
    }
    covered = to;
  }
}

function readEntry(directory: ByteReader, bytes: Uint8Array, fileName: string): Entry {
  if (directory.uint(4) !== CENTRAL_HEADER)
    throw zipError("weights/zip", fileName, "the zip archive's central directory contains an invalid entry");
  directory.take(4); // versions
  const flags = directory.uint(2);
  const method = directory.uint(2);
  directory.take(8); // time, date, checksum
  const narrow = { packedSize: directory.uint(4), size: directory.uint(4) };
  const nameLength = directory.uint(2);
  const extraLength = directory.uint(2);
  const commentLength = directory.uint(2);
  directory.take(8); // disk number, attributes
  const narrowOffset = directory.uint(4);
  const name = entryName(directory.take(nameLength), fileName);
  const wide = zip64Fields(directory.take(extraLength), fileName);
  directory.take(commentLength);

  // The extra field contains the numbers that did not fit into their fields, in this order.
  const size = narrow.size === IN_ZIP64 ? wide() : narrow.size;
  const packedSize = narrow.packedSize === IN_ZIP64 ? wide() : narrow.packedSize;
  const offset = narrowOffset === IN_ZIP64 ? wide() : narrowOffset;
  const facts = { name, flags, method, packedSize, size };
  checkStored(facts, fileName);
  const local = readerAt(bytes, offset, fileName);
  checkLocalHeader(local, facts, fileName);
  const content = local.take(size);
  return { name, content, from: offset, to: local.position() };
}

/**
 * Decodes an entry's name and checks that the name is a path inside the archive, although Bertie does not extract files.
 */
function entryName(bytes: Uint8Array, fileName: string): string {
  let name: string;
  try {
    name = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw zipError("weights/zip-name", fileName, "the name of a zip entry is not valid UTF-8");
  }
  const isInside =
    !/[\p{Cc}\\]|^[a-z]:|^\/|^$/iu.test(name) && !name.split("/").some((part) => part === ".." || part === ".");
  if (isInside) return name;
  const problem = `a zip entry is named ${quote(name)}, which is not a path inside the archive`;
  throw zipError("weights/zip-name", fileName, problem);
}

function checkStored({ name, flags, method, packedSize, size }: EntryFields, fileName: string): void {
  const invalid = (code: ErrorCode, problem: string) => zipError(code, fileName, `entry ${quote(name)} ${problem}`);
  if ((flags & ENCRYPTED) !== 0) throw invalid("weights/zip-encrypted", "is encrypted");
  if (method !== 0) {
    const text = `${fileName}: entry ${quote(name)} is compressed, which is not supported. Unpack the archive and pack it again with "zip -0".`;
    throw new BertieError("weights/zip-compressed", text);
  }
  if (packedSize !== size) throw invalid("weights/zip-mismatch", "is uncompressed, but its two sizes differ");
}

/**
 * Reads an entry's header and checks that it matches the directory. Otherwise, programs that read the headers and
 * programs that read the directory would see different archives.
 */
function checkLocalHeader(local: ByteReader, facts: EntryFields, fileName: string): void {
  const entry = `entry ${quote(facts.name)}`;
  if (local.uint(4) !== LOCAL_HEADER)
    throw zipError("weights/zip", fileName, `${entry} is not at the position given in the directory`);
  local.take(2); // version
  const flags = local.uint(2);
  const method = local.uint(2);
  local.take(8); // time, date, checksum
  const packedSize = local.uint(4);
  const size = local.uint(4);
  const nameLength = local.uint(2);
  const extraLength = local.uint(2);
  const name = new TextDecoder("utf-8", { ignoreBOM: true }).decode(local.take(nameLength));
  const wide = zip64Fields(local.take(extraLength), fileName);
  const isSame = (narrow: number, expected: number) =>
    narrow === expected ||
    (narrow === 0 && (flags & SIZES_FOLLOW) !== 0) ||
    (narrow === IN_ZIP64 && wide() === expected);
  const sameSizes = isSame(size, facts.size) && isSame(packedSize, facts.packedSize);
  if (name === facts.name && flags === facts.flags && method === facts.method && sameSizes) return;
  throw zipError("weights/zip-mismatch", fileName, `the header of ${entry} does not match the directory`);
}

/** Returns a function that reads the next number of the zip64 extra field. */
function zip64Fields(extra: Uint8Array, fileName: string): () => number {
  const reader = byteReader(extra, 0, fileName);
  let field: ByteReader | undefined;
  while (!field && extra.length - reader.position() >= 4) {
    const id = reader.uint(2);
    const content = reader.take(reader.uint(2));
    if (id === ZIP64_EXTRA) field = byteReader(content, 0, fileName);
  }
  return () => {
    if (!field) throw zipError("weights/zip", fileName, "the size of a zip entry is missing");
    return field.uint(8);
  };
}

function readerAt(bytes: Uint8Array, position: number, fileName: string): ByteReader {
  if (position <= bytes.length) return byteReader(bytes, position, fileName);
  throw zipError(
    "weights/zip",
    fileName,
    `expected a zip entry at byte ${position}, but the file has only ${bytes.length} bytes`,
  );
}
