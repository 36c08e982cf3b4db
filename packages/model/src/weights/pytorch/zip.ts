import { BertieError, type ErrorCode } from "@bertie/common";
import { quote } from "../../quote.ts";
import { type ByteReader, byteReader } from "./byte-reader.ts";
import { type ZipDirectory, zipDirectory, zipFault } from "./zip-directory.ts";

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;

/** In these fields the zip64 extra field holds the number instead. */
const IN_ZIP64 = 0xffffffff;
const ZIP64_EXTRA = 1;

const ENCRYPTED = 1;
/** Sizes stand behind the content, and may be 0 in the header before it: torch writes all entries so. */
const SIZES_FOLLOW = 8;

/** What the directory says of an entry, and, but for sizes that follow, the entry itself. */
type EntryFacts = {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly packedSize: number;
  readonly size: number;
};

/** An entry, and the bytes that belong to it and to no other: its own header and its content. */
type Entry = { readonly name: string; readonly content: Uint8Array; readonly from: number; readonly to: number };

/**
 * The entries of a zip archive by name, as views of its bytes.
 *
 * torch.save stores its entries without compression, so that they can be mapped into memory. This reader does the same
 * and knows nothing else: a library that inflates would copy every tensor, and would have to be guarded against
 * archives that inflate without end. An entry must say of itself what the directory says of it, and share no byte with
 * another. Checksums are not looked at; torch can be told to leave them out.
 *
 * @throws BertieError weights/zip, weights/zip-limit, weights/zip-name, weights/zip-duplicate, weights/zip-encrypted,
 *   weights/zip-compressed, weights/zip-mismatch, weights/zip-overlap, weights/truncated
 */
export function readStoredZip(bytes: Uint8Array, fileName: string): Map<string, Uint8Array> {
  const place = zipDirectory(bytes, fileName);
  const directory = byteReader(bytes, place.start, fileName);
  const contents = new Map<string, Uint8Array>();
  const entries: Entry[] = [];
  for (let i = 0; i < place.count; i++) {
    const entry = readEntry(directory, bytes, fileName);
    if (contents.has(entry.name)) {
      throw zipFault("weights/zip-duplicate", fileName, `two entries are called ${quote(entry.name)}`);
    }
    contents.set(entry.name, entry.content);
    entries.push(entry);
  }
  if (directory.position() !== place.start + place.size)
    throw zipFault("weights/zip-mismatch", fileName, "the zip directory is not as long as the end record says");
  checkExtents(entries, place, fileName);
  return contents;
}

/** Entries that share bytes would make one small file many large ones. */
function checkExtents(entries: readonly Entry[], { start }: ZipDirectory, fileName: string): void {
  let covered = 0;
  for (const { name, from, to } of entries.toSorted((a, b) => a.from - b.from)) {
    if (from < covered || to > start) {
      const other = from < covered ? "the entry before it" : "the directory";
      throw zipFault("weights/zip-overlap", fileName, `entry ${quote(name)} overlaps ${other}`);
    }
    covered = to;
  }
}

function readEntry(directory: ByteReader, bytes: Uint8Array, fileName: string): Entry {
  if (directory.uint(4) !== CENTRAL_HEADER) throw zipFault("weights/zip", fileName, "the zip directory is broken");
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

  // The extra field holds, in this order, those of the numbers that did not fit.
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

/** A name as a path within the archive. Nothing is ever written under it, but another program could. */
function entryName(bytes: Uint8Array, fileName: string): string {
  let name: string;
  try {
    name = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw zipFault("weights/zip-name", fileName, "the name of a zip entry is not UTF-8");
  }
  if (/[\p{Cc}\\]|^[a-z]:|^$/iu.test(name) || name.split("/").some((part) => part === ".." || part === ".")) {
    throw zipFault("weights/zip-name", fileName, `a zip entry is called ${quote(name)}, which is no path within it`);
  }
  if (name.startsWith("/")) throw zipFault("weights/zip-name", fileName, `a zip entry is called ${quote(name)}`);
  return name;
}

function checkStored({ name, flags, method, packedSize, size }: EntryFacts, fileName: string): void {
  const fault = (code: ErrorCode, what: string) => zipFault(code, fileName, `entry ${quote(name)} ${what}`);
  if ((flags & ENCRYPTED) !== 0) throw fault("weights/zip-encrypted", "is encrypted");
  if (method !== 0) {
    const text = `${fileName}: entry ${quote(name)} is compressed, which torch.save does not do; unpack the archive and zip it with "zip -0"`;
    throw new BertieError("weights/zip-compressed", text);
  }
  if (packedSize !== size) throw fault("weights/zip-mismatch", "is stored, but has two sizes");
}

/** Reads an entry's own header, and holds it to what the directory said: two readers must not see two archives. */
function checkLocalHeader(local: ByteReader, facts: EntryFacts, fileName: string): void {
  const named = `entry ${quote(facts.name)}`;
  if (local.uint(4) !== LOCAL_HEADER) throw zipFault("weights/zip", fileName, `${named} is not where it should be`);
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
  throw zipFault("weights/zip-mismatch", fileName, `${named} is another one by its own header than by the directory`);
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
    if (!field) throw zipFault("weights/zip", fileName, "a zip entry's size is missing");
    return field.uint(8);
  };
}

function readerAt(bytes: Uint8Array, position: number, fileName: string): ByteReader {
  if (position <= bytes.length) return byteReader(bytes, position, fileName);
  throw zipFault("weights/zip", fileName, `something should be at byte ${position} of ${bytes.length}`);
}
