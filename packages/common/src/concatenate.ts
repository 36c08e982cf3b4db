/**
 * Joins chunks of bytes. A single chunk is returned without copying.
 *
 * @example
 * ```ts
 * import { concatenate } from "@bertie/common";
 *
 * console.log(concatenate([Uint8Array.of(1, 2), Uint8Array.of(3)])); // Uint8Array [1, 2, 3]
 * ```
 */
export function concatenate(chunks: Iterable<Uint8Array>): Uint8Array {
  const parts = [...chunks];
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
