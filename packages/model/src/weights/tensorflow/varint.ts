import { BertieError } from "@bertie/common";
import type { ByteReader } from "../pytorch/byte-reader.ts";

/** Returns the error for a TensorFlow checkpoint that is damaged. */
export function damagedCheckpoint(fileName: string, problem: string): BertieError {
  return new BertieError("weights/tensorflow", `${fileName}: ${problem}. The file is damaged. Download it again.`);
}

/**
 * Reads an unsigned integer in base 128, least significant digit first.
 *
 * @throws BertieError "weights/tensorflow" if the integer is not a safe integer, "weights/truncated" if the data ends
 */
export function readVarint(reader: ByteReader, fileName: string): number {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = reader.byte();
    value += (byte & 0x7f) * factor;
    if (!Number.isSafeInteger(value))
      throw damagedCheckpoint(fileName, `the number at byte ${reader.position()} is too large`);
    if (byte < 0x80) return value;
    if (factor > 2 ** 49) throw damagedCheckpoint(fileName, `the number at byte ${reader.position()} is too long`);
  }
}
