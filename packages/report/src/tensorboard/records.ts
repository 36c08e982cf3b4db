import { concatenate, maskedCrc32c } from "@bertie/common";

/**
 * Frames data as a record of a TFRecord file: the length (64 bits, little-endian), its masked checksum, the data, and its
 * masked checksum.
 */
export function tfRecord(data: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(12));
  head.setUint32(0, data.length, true);
  head.setUint32(8, maskedCrc32c(new Uint8Array(head.buffer, 0, 8)), true);
  const foot = new DataView(new ArrayBuffer(4));
  foot.setUint32(0, maskedCrc32c(data), true);
  return concatenate([new Uint8Array(head.buffer), data, new Uint8Array(foot.buffer)]);
}
