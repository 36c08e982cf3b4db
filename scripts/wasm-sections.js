// Reads the sections of WebAssembly modules.

/** A position in a module, and functions that read what follows. */
export class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    return this.bytes[this.at++];
  }

  /** Reads an unsigned number, or skips a signed one. */
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  text() {
    const length = this.number();
    this.at += length;
    return Buffer.from(this.bytes.subarray(this.at - length, this.at)).toString();
  }

  /** Returns as many results of a function as the number that comes first. */
  list(read) {
    return Array.from({ length: this.number() }, (_, index) => read(index));
  }
}

/**
 * Returns the sections of a module: `id`, `start` and `end` of the section, `content`, which is the position after its
 * header, and `name` if `id` is 0.
 */
export function sectionsOf(bytes) {
  const reader = new Reader(bytes, 8);
  const sections = [];
  while (reader.at < bytes.length) {
    const start = reader.at;
    const id = reader.byte();
    const end = reader.number() + reader.at;
    const content = reader.at;
    sections.push({ id, start, content, end, ...(id === 0 && { name: reader.text() }) });
    reader.at = end;
  }
  return sections;
}

/** Returns the segments of the data section: the address, and the positions in the module at which the bytes start and end. */
export function dataSegments(bytes, { content }) {
  const reader = new Reader(bytes, content);
  return reader.list(() => {
    reader.at += 2; // The kind of the segment, and the opcode of a constant.
    const address = reader.number();
    reader.at++; // The end of the expression.
    const length = reader.number();
    reader.at += length;
    return { address, start: reader.at - length, end: reader.at };
  });
}
