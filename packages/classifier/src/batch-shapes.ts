/** The most texts in a batch, by default. */
export const LARGEST_BATCH = 32;

/** Lengths that batches of fewer texts are padded to; each takes a program, which takes time to compile. */
const LENGTHS = [8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];

/** Rows that are classified together. */
export interface Group {
  /** Indices into the lengths, all of one batch. */
  readonly rows: readonly number[];
  /** The length that the batch is padded to. */
  readonly length: number;
}

/**
 * Groups rows of similar length into batches of few shapes: sizes are powers of two, so that no row is computed in vain, and
 * full batches are padded to multiples of 8, others to a few lengths.
 *
 * @param lengths tokens per row
 * @param maxLength no batch is longer
 * @param batchSize rows in a full batch
 */
export function groupByLength(lengths: readonly number[], maxLength: number, batchSize = LARGEST_BATCH): Group[] {
  const order = lengths.map((_, row) => row).sort((a, b) => lengths[a]! - lengths[b]!);
  const groups: Group[] = [];
  for (let start = 0; start < order.length; ) {
    const left = order.length - start;
    const size = left >= batchSize ? batchSize : 2 ** Math.floor(Math.log2(left));
    const rows = order.slice(start, start + size);
    const longest = lengths[rows.at(-1)!]!;
    groups.push({ rows, length: Math.min(paddedLength(longest, size === batchSize), maxLength) });
    start += size;
  }
  return groups;
}

function paddedLength(longest: number, isFull: boolean): number {
  if (isFull) return 8 * Math.ceil(longest / 8);
  return LENGTHS.find((length) => length >= longest) ?? 128 * Math.ceil(longest / 128);
}
