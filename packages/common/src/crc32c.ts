const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

/**
 * Returns the CRC-32C checksum (Castagnoli polynomial, RFC 3720), as an unsigned 32-bit integer.
 *
 * @example
 * ```ts
 * import { crc32c } from "@bertie/common";
 *
 * console.log(crc32c(new TextEncoder().encode("123456789")).toString(16)); // e3069283
 * ```
 */
export function crc32c(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/**
 * Returns the CRC-32C checksum as LevelDB and TFRecord files store it, rotated by 15 bits plus a constant, so that it
 * differs from the checksum of data that contains checksums.
 *
 * @example
 * ```ts
 * import { maskedCrc32c } from "@bertie/common";
 *
 * console.log(maskedCrc32c(new TextEncoder().encode("123456789")).toString(16)); // c78ab0e5
 * ```
 */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
