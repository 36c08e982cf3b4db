import type { Block, EncodedBlock } from "./block.ts";
import type { BufferPool } from "./buffer-pool.ts";
import type { BlockEncoder } from "./encode-block.ts";

/** Encodes blocks in this thread, one after the other. What is got of one is valid until the next is asked for. */
export async function* encodeHere(
  blocks: AsyncIterable<Block>,
  encode: BlockEncoder,
  pool: BufferPool,
): AsyncGenerator<[Block, EncodedBlock]> {
  for await (const block of blocks) {
    const encoded = encode(block);
    if (block.kind === "stream") pool.give(block.bytes.buffer);
    yield [block, encoded];
    for (const buffer of buffersOf(encoded)) pool.give(buffer);
  }
}

/** The buffers of a pool that hold an encoded block. */
export function buffersOf({ packed: { data, rowOffsets } }: EncodedBlock): ArrayBuffer[] {
  return rowOffsets === undefined ? [data.buffer] : [data.buffer, rowOffsets.buffer];
}
