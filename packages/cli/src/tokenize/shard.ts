import { BertieError } from "@bertie/common";

/** Part `index` of `count`, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * Reads `I/N`.
 *
 * @throws BertieError "options/value"
 */
export function parseShard(text: string): Shard {
  const [, index, count] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  if (index !== undefined && count !== undefined && index >= 1 && index <= count) return { index, count };
  throw new BertieError("options/value", `--shard is "${text}", but must be I/N, as 1/4: part I, from 1, of N`);
}

/**
 * What a shard has of files, as if they were one: a stretch of each, which may be empty. Shards differ by a byte at most.
 *
 * @param sizes of the files, in bytes
 */
export function shardOfFiles(sizes: readonly number[], { index, count }: Shard): { from: number; to: number }[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const cut = (part: number) => Number((BigInt(total) * BigInt(part)) / BigInt(count));
  let start = 0;
  return sizes.map((size) => {
    const within = (position: number) => Math.min(Math.max(position - start, 0), size);
    const range = { from: within(cut(index - 1)), to: within(cut(index)) };
    start += size;
    return range;
  });
}

/** Whether a shard has block `block` of an input that can only be read from its beginning: they are dealt in turn. */
export function isDealt(block: number, { index, count }: Shard): boolean {
  return block % count === index - 1;
}
