const MEMORY_SECTION = 5;
const HEADER_BYTES = 8;

/** Returns a copy of a WebAssembly module whose memory cannot grow beyond this number of pages of 64 KB. */
export function withMemoryLimit(module: Uint8Array, pages: number): Uint8Array<ArrayBuffer> {
  let at = HEADER_BYTES;
  for (;;) {
    const id = module[at];
    const [size, start] = readNumber(module, at + 1);
    if (id === MEMORY_SECTION) {
      // One memory: its flags, which say whether there is a maximum, and its initial size.
      const [initial] = readNumber(module, start + 2);
      const section = [1, 1, ...writeNumber(initial), ...writeNumber(pages)];
      return Uint8Array.from([
        ...module.subarray(0, at),
        MEMORY_SECTION,
        ...writeNumber(section.length),
        ...section,
        ...module.subarray(start + size),
      ]);
    }
    at = start + size;
  }
}

/** Reads an unsigned LEB128 number. Returns the number and the position after it. */
function readNumber(bytes: Uint8Array, start: number): [number: number, end: number] {
  let number = 0;
  for (let at = start, shift = 0; ; at++, shift += 7) {
    number |= (bytes[at]! & 127) << shift;
    if (bytes[at]! < 128) return [number, at + 1];
  }
}

function writeNumber(number: number): number[] {
  return number < 128 ? [number] : [(number & 127) | 128, ...writeNumber(number >> 7)];
}
