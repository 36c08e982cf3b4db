import type { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { snappyCompress } from "hyparquet-writer/src/snappy.js";
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js";

/** Metadata of a column in a row group. */
export type ColumnChunk = ParquetWriter["row_groups"][number]["columns"][number];

/** Codes of the Parquet format (parquet.thrift). */
const PAGE = { dictionary: 2, dataV2: 3 } as const;
const ENCODING = { plain: 0, dictionary: 8 } as const;

/**
 * Writes a column of lists of int32 without nulls: a page with the distinct values, and a page with their indices. The general
 * writer of hyparquet-writer takes an array per row, and spends more time per token than the tokenizer.
 *
 * @param name name of a column with the schema from `listColumn()`
 * @param values values of all lists, not negative, and small enough for an array of their maximum
 * @param rowOffsets list boundaries, `[rows + 1]`: list r is `values.subarray(rowOffsets[r], rowOffsets[r + 1])`
 */
export function writeLists(writer: ByteWriter, name: string, values: Int32Array, rowOffsets: Int32Array): ColumnChunk {
  const start = writer.offset;
  const { distinct, indices } = distinctValues(values);
  const dictionary = plainBytes(distinct);
  const dictionaryBytes = writePage(writer, new Uint8Array(0), dictionary, (uncompressed, compressed) => ({
    ...{ field_1: PAGE.dictionary, field_2: uncompressed, field_3: compressed },
    field_7: { field_1: distinct.length, field_2: ENCODING.plain },
  }));
  const dataStart = writer.offset;
  const levels = listLevels(rowOffsets);
  const width = bitWidth(distinct.length - 1);
  const packed = new Uint8Array(1 + mostBytes(indices.length, width));
  packed[0] = width;
  const end = writeHybrid(packed, 1, indices, width);
  const dataBytes = writePage(
    writer,
    levels.bytes,
    packed.subarray(0, end),
    (uncompressed, compressed, isCompressed) => ({
      ...{ field_1: PAGE.dataV2, field_2: uncompressed, field_3: compressed },
      field_8: {
        ...{ field_1: levels.count, field_2: levels.count - values.length, field_3: rowOffsets.length - 1 },
        ...{ field_4: ENCODING.dictionary, field_5: levels.definitionBytes },
        ...{ field_6: levels.bytes.length - levels.definitionBytes, field_7: isCompressed },
      },
    }),
  );
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: "INT32",
      encodings: ["PLAIN", "RLE", "RLE_DICTIONARY"],
      path_in_schema: [name, "list", "element"],
      codec: "SNAPPY",
      num_values: BigInt(levels.count),
      total_uncompressed_size: BigInt(dictionaryBytes + dataBytes),
      total_compressed_size: BigInt(writer.offset - start),
      data_page_offset: BigInt(dataStart),
      dictionary_page_offset: BigInt(start),
    },
  };
}

type PageHeader = (
  uncompressed: number,
  compressed: number,
  isCompressed: boolean,
) => Record<`field_${number}`, unknown>;

/** Writes a page of levels, which are never compressed, and data. Returns its size with uncompressed data. */
function writePage(writer: ByteWriter, levels: Uint8Array, data: Uint8Array, header: PageHeader): number {
  const compressed = snappyCompress(data);
  // Dictionary pages have no flag for uncompressed data.
  const isCompressed = levels.length === 0 || compressed.length < data.length;
  const stored = isCompressed ? compressed : data;
  const start = writer.offset;
  serializeTCompactProtocol(writer, header(levels.length + data.length, levels.length + stored.length, isCompressed));
  const headerBytes = writer.offset - start;
  writer.appendBytes(levels);
  writer.appendBytes(stored);
  return headerBytes + levels.length + data.length;
}

/** Returns the distinct values in the order of their first occurrence, and for each value its index among them. */
function distinctValues(values: Int32Array): { readonly distinct: Int32Array; readonly indices: Int32Array } {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  /** By value, one more than its index; 0 for values that have not occurred. */
  const known = new Int32Array(most + 1);
  const distinct = new Int32Array(Math.min(values.length, most + 1));
  const indices = new Int32Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (known[value] === 0) {
      distinct[count++] = value;
      known[value] = count;
    }
    indices[i] = known[value]! - 1;
  }
  return { distinct: distinct.subarray(0, count), indices };
}

/** Returns the values in little-endian order. */
function plainBytes(values: Int32Array): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setInt32(4 * i, values[i]!, true);
  return bytes;
}

/**
 * Returns the repetition levels of lists (0 for the first value of a list, otherwise 1), followed by the definition levels
 * (1 for a value, 0 for an empty list), and the number of each.
 */
function listLevels(rowOffsets: Int32Array): {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly definitionBytes: number;
} {
  const rows = rowOffsets.length - 1;
  let empty = 0;
  for (let row = 0; row < rows; row++) if (rowOffsets[row] === rowOffsets[row + 1]) empty++;
  const count = rowOffsets[rows]! - rowOffsets[0]! + empty;
  const repetition = new Uint8Array(count).fill(1);
  const definition = new Uint8Array(count).fill(1);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const length = rowOffsets[row + 1]! - rowOffsets[row]!;
    repetition[at] = 0;
    if (length === 0) definition[at] = 0;
    at += Math.max(length, 1);
  }
  const bytes = new Uint8Array(2 * mostBytes(count, 1));
  const middle = writeHybrid(bytes, 0, repetition, 1);
  const end = writeHybrid(bytes, middle, definition, 1);
  return { bytes: bytes.subarray(0, end), count, definitionBytes: end - middle };
}

/** Maximum length in bytes of a varint of 32 bits. */
const MAX_VARINT = 5;

/** Returns the number of bits of the values up to `most`. */
function bitWidth(most: number): number {
  return most <= 0 ? 0 : 32 - Math.clz32(most);
}

/** Returns the maximum size of `count` values of `width` bits: of the groups, and of a header for each of them. */
function mostBytes(count: number, width: number): number {
  return MAX_VARINT + Math.ceil(count / 8) * (width + 1);
}

/**
 * Writes values of `width` bits as runs of eight or more equal values, and groups of eight packed values in between (the RLE
 * / bit-packing hybrid of the Parquet format). Returns the position after them.
 */
function writeHybrid(target: Uint8Array, start: number, values: Int32Array | Uint8Array, width: number): number {
  let at = start;
  /** Start of the values that are to be packed. */
  let first = 0;
  for (let i = 0; i < values.length; ) {
    const value = values[i]!;
    let end = i + 1;
    while (end < values.length && values[end] === value) end++;
    if (end - i < 8) {
      i += 8;
      continue;
    }
    at = writePacked(target, at, values.subarray(first, i), width);
    at = writeVarint(target, at, 2 * (end - i));
    for (let bit = 0; bit < width; bit += 8) target[at++] = value >> bit;
    i = first = end;
  }
  return writePacked(target, at, values.subarray(first), width);
}

/** Writes values of `width` bits, lowest bit first, in groups of eight, of which the last may be incomplete. */
function writePacked(target: Uint8Array, start: number, values: Int32Array | Uint8Array, width: number): number {
  if (values.length === 0) return start;
  const groups = Math.ceil(values.length / 8);
  let at = writeVarint(target, start, 2 * groups + 1);
  const end = at + groups * width;
  let [buffer, bits] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    buffer |= values[i]! << bits;
    bits += width;
    while (bits >= 8) {
      target[at++] = buffer;
      buffer >>>= 8;
      bits -= 8;
    }
  }
  if (bits > 0) target[at] = buffer;
  return end;
}

function writeVarint(target: Uint8Array, at: number, value: number): number {
  let [next, rest] = [at, value];
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) target[next++] = (rest % 128) + 128;
  target[next++] = rest;
  return next;
}
