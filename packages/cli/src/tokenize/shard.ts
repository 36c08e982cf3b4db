import { BertieError } from "@bertie/common";

/** Part `index` of `count` parts of the input, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * Parses `I/N`.
 *
 * @throws BertieError "options/value"
 */
export function parseShard(text: string): Shard {
  const [, index, count] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  if (index !== undefined && count !== undefined && index >= 1 && index <= count) return { index, count };
  throw new BertieError("options/value", `--shard is "${text}": expected I/N with 1 ≤ I ≤ N, for example 1/4.`);
}

/**
 * Returns a shard's byte range of each file, which may be empty, as if the files were concatenated. The sizes of shards
 * differ by at most one byte.
 *
 * @param sizes sizes of the files in bytes
 */
export function shardOfFiles(sizes: readonly number[], { index, count }: Shard): { from: number; to: number }[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const boundary = (shard: number) => Number((BigInt(total) * BigInt(shard)) / BigInt(count));
  let start = 0;
  return sizes.map((size) => {
    const within = (position: number) => Math.min(Math.max(position - start, 0), size);
    const range = { from: within(boundary(index - 1)), to: within(boundary(index)) };
    start += size;
    return range;
  });
}

/** Returns whether a block of a stream belongs to the shard. Blocks are assigned to shards round-robin. */
export function isInShard(block: number, { index, count }: Shard): boolean {
  return block % count === index - 1;
}
