import type { BufferPool } from "@bertie/tokenizer-wasm/stream";
import type { Block, EncodedBlock } from "./block.ts";
import type { BlockEncoder } from "./encode-block.ts";

/** Encodes blocks one at a time in this thread. An encoded block is valid until the next one is requested. */
export async function* encodeInMainThread(
  blocks: AsyncIterable<Block>,
  encode: BlockEncoder,
  pool: BufferPool,
): AsyncGenerator<[Block, EncodedBlock]> {
  for await (const block of blocks) {
    const encoded = encode(block);
    if (block.kind === "stream") pool.release(block.bytes.buffer);
    yield [block, encoded];
    for (const buffer of buffersOf(encoded)) pool.release(buffer);
  }
}

/** Returns the pooled buffers of an encoded block. */
export function buffersOf({ packed: { data, rowOffsets } }: EncodedBlock): ArrayBuffer[] {
  return rowOffsets === undefined ? [data.buffer] : [data.buffer, rowOffsets.buffer];
}
