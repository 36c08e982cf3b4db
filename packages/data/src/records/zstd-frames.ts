import { concatenate } from "@bertie/common";

/** Error for input that is not zstd, or that is incomplete. */
export class ZstdFault extends Error {}

/** Frame of a zstd stream, which can be decompressed independently of other frames. */
export interface ZstdFrame {
  /** Window size in bytes: the memory that decompression needs. */
  readonly windowBytes: number;
  /** Compressed bytes. Read all of them before requesting the next frame. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;

/**
 * Splits a zstd stream into its frames (RFC 8878, section 3.1) without decompressing them, because decompressors differ in how
 * they handle the end of a frame and a truncated frame. Skippable frames are skipped.
 *
 * @throws ZstdFault if the stream is not zstd or is incomplete
 */
export async function* zstdFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ZstdFrame> {
  const reader = createByteReader(chunks);
  while (!(await reader.isAtEnd())) {
    const magic = await reader.take(4);
    const number = littleEndian(magic);
    if (number >>> 4 === SKIPPABLE_MAGIC >>> 4) {
      for (let left = littleEndian(await reader.take(4)); left > 0; )
        left -= (await reader.take(Math.min(left, 1 << 16))).length;
    } else if (number === MAGIC) {
      const descriptor = await reader.take(1);
      const { rest, hasChecksum } = readDescriptor(descriptor[0]!);
      const header = concatenate([magic, descriptor, await reader.take(rest)]);
      yield { windowBytes: windowOf(header), pieces: piecesOf(reader, header, hasChecksum) };
    } else {
      throw new ZstdFault("expected the start of a zstd frame");
    }
  }
}

async function* piecesOf(reader: ByteReader, header: Uint8Array, hasChecksum: boolean): AsyncGenerator<Uint8Array> {
  yield header;
  for (let isLast = false; !isLast; ) {
    const head = await reader.take(3);
    const bits = littleEndian(head);
    isLast = (bits & 1) === 1;
    const type = (bits >>> 1) & 3;
    if (type === RESERVED_BLOCK) throw new ZstdFault("unknown block type");
    yield head;
    yield await reader.take(type === RLE_BLOCK ? 1 : bits >>> 3);
  }
  if (hasChecksum) yield await reader.take(4);
}

/** Decodes the first byte of a frame header: the number of header bytes after it, and whether there is a checksum. */
function readDescriptor(descriptor: number) {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6]!;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  return {
    isSingleSegment,
    sizeBytes,
    rest: (isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes,
    hasChecksum: (descriptor & 4) !== 0,
  };
}

function windowOf(header: Uint8Array): number {
  const { isSingleSegment, sizeBytes } = readDescriptor(header[4]!);
  // The window of a single-segment frame is its entire content.
  if (isSingleSegment) return littleEndian(header.subarray(-sizeBytes)) + (sizeBytes === 2 ? 256 : 0);
  const base = 2 ** (10 + (header[5]! >>> 3));
  return base + (base / 8) * (header[5]! & 7);
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((number, byte) => number * 256 + byte, 0);
}

function createByteReader(chunks: AsyncIterable<Uint8Array>) {
  const iterator = chunks[Symbol.asyncIterator]();
  let pending: Uint8Array = new Uint8Array(0);

  async function more(): Promise<boolean> {
    const { done, value } = await iterator.next();
    if (!done) pending = pending.length === 0 ? value : concatenate([pending, value]);
    return !done;
  }

  return {
    async take(count: number): Promise<Uint8Array> {
      while (pending.length < count) if (!(await more())) throw new ZstdFault("unexpected end of file");
      const taken = pending.subarray(0, count);
      pending = pending.subarray(count);
      return taken;
    },
    async isAtEnd(): Promise<boolean> {
      while (pending.length === 0) if (!(await more())) return true;
      return false;
    },
  };
}

type ByteReader = ReturnType<typeof createByteReader>;
