/**
 * The most tokens in a batch, padding included. On the CPU, a pass over 700 to 1,500 tokens takes least per token: fewer leave
 * the matrix multiplications short, more leave the cache.
 */
const BATCH_TOKENS = 1024;

/** The most texts in a batch. */
const LARGEST_BATCH = 64;

/** Rows that are classified together. */
export interface Group {
  /** Indices into the lengths, all of one batch. */
  readonly rows: readonly number[];
  /** The length that the batch is padded to. */
  readonly length: number;
}

export interface GroupOptions {
  /** No batch is longer. */
  readonly maxLength: number;
  /** Rows in a full batch. By default as many as make up 1,024 tokens, 64 at most. */
  readonly batchSize?: number | undefined;
  /** Whether batches may have any shape, as one program serves them all. @default false */
  readonly anyShape?: boolean;
}

/**
 * Groups rows of similar length into batches. Where each shape takes a program, there are few: sizes are powers of two, so that
 * no row is computed in vain, and lengths are multiples of 8 or, from 64 on, of 16.
 *
 * @param lengths tokens per row
 */
export function groupByLength(
  lengths: readonly number[],
  { maxLength, batchSize, anyShape = false }: GroupOptions,
): Group[] {
  // From long to short: what is left for smaller batches are the cheapest rows.
  const order = lengths.map((_, row) => row).sort((a, b) => lengths[b]! - lengths[a]!);
  const groups: Group[] = [];
  for (let start = 0; start < order.length; ) {
    const longest = lengths[order[start]!]!;
    const length = anyShape ? longest : paddedLength(longest, maxLength);
    const full = batchSize ?? fullBatch(length);
    const left = order.length - start;
    const size = left >= full ? full : anyShape ? left : powerOfTwo(left);
    groups.push({ rows: order.slice(start, start + size), length });
    start += size;
  }
  return groups;
}

/** The length that a batch is padded to where each shape takes a program. */
export function paddedLength(tokens: number, maxLength: number): number {
  const multiple = tokens < 64 ? 8 : 16;
  return Math.min(multiple * Math.ceil(tokens / multiple), maxLength);
}

/** The rows of a full batch of a length. */
export function fullBatch(length: number): number {
  return Math.min(powerOfTwo(BATCH_TOKENS / length), LARGEST_BATCH);
}

/** The largest power of two that is not above a number; 1 at least. */
function powerOfTwo(most: number): number {
  return 2 ** Math.max(Math.floor(Math.log2(most)), 0);
}
