import { BertieError } from "@bertie/common";

/** Reads bytes sequentially. All methods throw BertieError "weights/truncated" at the end of the data. */
export type ByteReader = {
  /** Returns the position of the next byte. */
  readonly position: () => number;
  /** Reads an unsigned byte. */
  readonly byte: () => number;
  /** Reads a little-endian unsigned integer of 2, 4 or 8 bytes. Integers of 8 bytes must be safe integers. */
  readonly uint: (size: 2 | 4 | 8) => number;
  /** Reads a number of bytes and returns a view of them. */
  readonly take: (length: number) => Uint8Array;
};

/** Creates a reader that starts at a position of the given bytes. */
export function byteReader(bytes: Uint8Array, start: number, fileName: string): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = start;
  /** Advances the position and returns the old one. */
  const step = (length: number): number => {
    if (!(length <= bytes.length - position)) {
      const text = `${fileName}: unexpected end of data at byte ${bytes.length}. Download the file again.`;
      throw new BertieError("weights/truncated", text);
    }
    position += length;
    return position - length;
  };
  return {
    position: () => position,
    byte: () => view.getUint8(step(1)),
    uint: (size) => {
      const at = step(size);
      if (size === 2) return view.getUint16(at, true);
      if (size === 4) return view.getUint32(at, true);
      const value = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
      if (Number.isSafeInteger(value)) return value;
      const text = `${fileName}: the size at byte ${at} is ${value}, which is too large. Download the file again.`;
      throw new BertieError("weights/truncated", text);
    },
    take: (length) => {
      const at = step(length);
      return bytes.subarray(at, at + length);
    },
  };
}
