const LINE_FEED = 0x0a;

/**
 * Cuts a stream of bytes into lines, and gives those of a chunk together. Line ends, `\n` or `\r\n`, are not part of the
 * lines; what follows the last one is a line if it is not empty.
 */
export async function* byteLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  /** The beginning of a line whose end is still to come. */
  let pending: Uint8Array[] = [];
  for await (const chunk of chunks) {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      lines.push(withoutReturn(joined([...pending, chunk.subarray(start, end)])));
      pending = [];
      start = end + 1;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
    if (lines.length > 0) yield lines;
  }
  if (pending.length > 0) yield [withoutReturn(joined(pending))];
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function withoutReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}
