import { concatenate } from "@bertie/common";

// Encodes the few fields of protocol buffers that event files have.

/** Encodes a non-negative integer, or a length. */
export function varintField(field: number, value: number): Uint8Array {
  return concatenate([varint(field * 8), varint(value)]);
}

/** Encodes a 64-bit floating point number. */
export function doubleField(field: number, value: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value, true);
  return concatenate([varint(field * 8 + 1), new Uint8Array(bytes.buffer)]);
}

/** Encodes a 32-bit floating point number. */
export function floatField(field: number, value: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setFloat32(0, value, true);
  return concatenate([varint(field * 8 + 5), new Uint8Array(bytes.buffer)]);
}

/** Encodes a text, bytes, or a message of encoded fields. */
export function bytesField(field: number, ...contents: readonly (Uint8Array | string)[]): Uint8Array {
  const parts = contents.map((part) => (typeof part === "string" ? new TextEncoder().encode(part) : part));
  const bytes = concatenate(parts);
  return concatenate([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Uint8Array.of(...bytes, value);
}
