import { BertieError, maskedCrc32c } from "@bertie/common";
import { byteReader } from "../pytorch/byte-reader.ts";
import { damagedCheckpoint, readVarint } from "./varint.ts";

const FOOTER_BYTES = 48;
const MAGIC = Uint8Array.of(0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb);
/** Size of a block's trailer: a byte for the compression, and a checksum. */
const TRAILER_BYTES = 5;
const NO_COMPRESSION = 0;

/** Maximum number of entries. A fine-tuned BERT with the moments of its optimizer has fewer than a thousand. */
const MAX_ENTRIES = 1 << 16;
/** Maximum length of a key in bytes. */
const MAX_KEY_BYTES = 1 << 12;

/** Position of a block in the file. */
type Block = { readonly offset: number; readonly size: number };

/**
 * Reads a sorted table in the format of LevelDB, in which TensorFlow stores the index of a checkpoint.
 *
 * The file consists of blocks of entries with prefix-compressed keys. An index block contains the positions of the data
 * blocks, and a footer of 48 bytes the position of the index block. See LevelDB's table_format.md. Every block has a
 * checksum, which is verified. Keys must be in ascending order, so that no block is read twice.
 *
 * @returns the values by key, as views of the file's bytes. Keys have one character per byte.
 * @throws BertieError "weights/tensorflow" or "weights/truncated" if the file is not a valid table
 */
export function readTable(bytes: Uint8Array, fileName: string): Map<string, Uint8Array> {
  const footer = bytes.subarray(Math.max(0, bytes.length - FOOTER_BYTES));
  if (footer.length < FOOTER_BYTES || !MAGIC.every((byte, i) => footer[FOOTER_BYTES - MAGIC.length + i] === byte)) {
    const text = `${fileName}: expected the index of a TensorFlow checkpoint, found another format. Download the file again.`;
    throw new BertieError("weights/tensorflow", text);
  }
  const positions = byteReader(footer, 0, fileName);
  for (let i = 0; i < 2; i++) readVarint(positions, fileName); // position of the unused block of metadata
  const index = { offset: readVarint(positions, fileName), size: readVarint(positions, fileName) };
  const entries = new Map<string, Uint8Array>();
  let last = "";
  for (const [, position] of blockEntries(bytes, index, fileName)) {
    const reader = byteReader(position, 0, fileName);
    const block = { offset: readVarint(reader, fileName), size: readVarint(reader, fileName) };
    for (const [key, value] of blockEntries(bytes, block, fileName)) {
      if (entries.size > 0 && key <= last) throw damagedCheckpoint(fileName, "the keys are not in ascending order");
      if (entries.size === MAX_ENTRIES) throw damagedCheckpoint(fileName, `there are more than ${MAX_ENTRIES} entries`);
      entries.set(key, value);
      last = key;
    }
  }
  return entries;
}

/** Yields the keys and values of a block. */
function* blockEntries(
  bytes: Uint8Array,
  { offset, size }: Block,
  fileName: string,
): Generator<readonly [key: string, value: Uint8Array]> {
  const contents = blockContents(bytes, { offset, size }, fileName);
  const restarts = byteReader(contents, contents.length - 4, fileName).uint(4);
  const end = contents.length - 4 - 4 * restarts;
  if (end < 0) throw damagedCheckpoint(fileName, `the block at byte ${offset} is too short`);
  const reader = byteReader(contents.subarray(0, end), 0, fileName);
  let key = "";
  while (reader.position() < end) {
    const shared = readVarint(reader, fileName);
    const unshared = readVarint(reader, fileName);
    const length = readVarint(reader, fileName);
    if (shared > key.length || shared + unshared > MAX_KEY_BYTES) {
      throw damagedCheckpoint(fileName, `the block at byte ${offset} has an invalid key`);
    }
    key = key.slice(0, shared) + String.fromCharCode(...reader.take(unshared));
    yield [key, reader.take(length)];
  }
}

function blockContents(bytes: Uint8Array, { offset, size }: Block, fileName: string): Uint8Array {
  if (size < 4 || offset + size + TRAILER_BYTES > bytes.length) {
    throw damagedCheckpoint(fileName, `the block of ${size} bytes at byte ${offset} exceeds the file or is too short`);
  }
  const trailer = byteReader(bytes, offset + size, fileName);
  const compression = trailer.byte();
  if (compression !== NO_COMPRESSION) {
    const text = `${fileName}: the index is compressed (type ${compression}), which is not supported. Save the checkpoint with tf.train.Saver.`;
    throw new BertieError("weights/tensorflow", text);
  }
  if (trailer.uint(4) !== maskedCrc32c(bytes.subarray(offset, offset + size + 1))) {
    throw damagedCheckpoint(fileName, `the checksum of the block at byte ${offset} does not match`);
  }
  return bytes.subarray(offset, offset + size);
}
