import type { InputExample } from "@bertie/data";
import { isInShard, type Shard } from "../shards/shard.ts";

/** Number of rows in a block. Blocks are assigned to shards round-robin, and are the full windows of `classifyStream()`. */
export const BLOCK_ROWS = 1024;

/** Selects the rows of a shard, and counts all rows. Every shard reads all rows, and classifies its own. */
export function createShardRows(shard: Shard) {
  let count = 0;
  return {
    /** Number of rows that have been read, including the rows of other shards. */
    count: () => count,
    async *select(rows: AsyncIterable<InputExample>): AsyncGenerator<InputExample> {
      for await (const row of rows) if (isInShard(Math.floor(count++ / BLOCK_ROWS), shard)) yield row;
    },
    /** Returns the number of the block that contains a row of the shard. */
    blockOf: (row: number) => Math.floor(row / BLOCK_ROWS) * shard.count + shard.index - 1,
  };
}

export type ShardRows = ReturnType<typeof createShardRows>;
