import { type ByteReader, byteReader } from "../pytorch/byte-reader.ts";
import { damagedCheckpoint, readVarint } from "./varint.ts";

/** Value of a field: a number for integers, and bytes for strings and messages. */
export type FieldValue = number | Uint8Array;

/**
 * Yields the fields of a protocol buffer message, see "Encoding" in the documentation of protocol buffers.
 *
 * Values that are not safe integers, such as negative numbers, are rejected. The messages of a checkpoint contain none.
 *
 * @throws BertieError "weights/tensorflow" or "weights/truncated" if the message is not valid
 */
export function* messageFields(
  message: Uint8Array,
  fileName: string,
): Generator<readonly [field: number, value: FieldValue]> {
  const reader = byteReader(message, 0, fileName);
  while (reader.position() < message.length) {
    const tag = readVarint(reader, fileName);
    yield [Math.floor(tag / 8), readValue(reader, tag % 8, fileName)];
  }
}

function readValue(reader: ByteReader, wireType: number, fileName: string): FieldValue {
  switch (wireType) {
    case 0:
      return readVarint(reader, fileName);
    case 1:
      return reader.take(8);
    case 2:
      return reader.take(readVarint(reader, fileName));
    case 5:
      return reader.uint(4);
    default:
      throw damagedCheckpoint(fileName, `an entry has a field of the unknown type ${wireType}`);
  }
}
