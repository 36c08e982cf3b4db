import { BertieError } from "@bertie/common";

/** A place in a file's bytes that moves as they are read. Reading past the end throws BertieError weights/truncated. */
export type ByteReader = {
  readonly position: () => number;
  /** One unsigned byte. */
  readonly byte: () => number;
  /** A little-endian unsigned integer of 2, 4 or 8 bytes; of 8, only what a number holds exactly. */
  readonly uint: (size: 2 | 4 | 8) => number;
  /** The next bytes, as a view. */
  readonly take: (length: number) => Uint8Array;
};

export function byteReader(bytes: Uint8Array, start: number, fileName: string): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = start;
  /** Steps over bytes and says where they begin. */
  const step = (length: number): number => {
    if (!(length <= bytes.length - position)) {
      const text = `${fileName}: ends at byte ${bytes.length}, in the middle of something; get the file anew`;
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
      throw new BertieError(
        "weights/truncated",
        `${fileName}: states a size of ${value} at byte ${at}; get the file anew`,
      );
    },
    take: (length) => {
      const at = step(length);
      return bytes.subarray(at, at + length);
    },
  };
}
