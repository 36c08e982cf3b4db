import { BertieError } from "@bertie/common";

/** Part `index` of `count` parts of the input, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** The only part of an input that is not divided. */
export const WHOLE: Shard = { index: 1, count: 1 };

/**
 * Parses `I/N`.
 *
 * @throws BertieError "options/value"
 */
export function parseShard(text: string): Shard {
  const [, index, count] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  if (index !== undefined && count !== undefined && index >= 1 && index <= count) return { index, count };
  throw new BertieError(
    "options/value",
    `--shard is "${text}": expected I/N with 1 ≤ I ≤ N, for example 1/4, or slurm, k8s or auto to read I from the environment of the job, as in slurm/4.`,
  );
}

/** Formats a shard as `I/N`; null for a whole input. */
export function formatShard({ index, count }: Shard): string | null {
  return count === 1 ? null : `${index}/${count}`;
}

/** Returns the part of a file name that identifies a shard, such as `-00003-of-00008`; empty for a whole input. */
export function shardSuffix({ index, count }: Shard): string {
  const five = (number: number) => String(number).padStart(5, "0");
  return count === 1 ? "" : `-${five(index)}-of-${five(count)}`;
}

/**
 * Returns a shard's byte range of each file, which may be empty, as if the files were concatenated. The sizes of shards
 * differ by at most one unit.
 *
 * @param sizes sizes of the files in bytes
 * @param unit number of bytes, from the start of each file, that are not divided
 */
export function shardOfFiles(
  sizes: readonly number[],
  { index, count }: Shard,
  unit = 1,
): { from: number; to: number }[] {
  const units = sizes.map((size) => Math.ceil(size / unit));
  const total = units.reduce((sum, number) => sum + number, 0);
  const boundary = (shard: number) => Number((BigInt(total) * BigInt(shard)) / BigInt(count));
  let start = 0;
  return sizes.map((size, i) => {
    const within = (position: number) => Math.min(Math.min(Math.max(position - start, 0), units[i]!) * unit, size);
    const range = { from: within(boundary(index - 1)), to: within(boundary(index)) };
    start += units[i]!;
    return range;
  });
}

/** Returns whether a block of a stream belongs to the shard. Blocks are assigned to shards round-robin. */
export function isInShard(block: number, { index, count }: Shard): boolean {
  return block % count === index - 1;
}
