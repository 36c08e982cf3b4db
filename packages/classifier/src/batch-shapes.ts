/**
 * Maximum number of tokens in a batch, including padding. On the CPU, the time per token is lowest for 700 to 1,500
 * tokens per batch: matrix multiplications are inefficient for fewer tokens, and the cache is too small for more.
 */
const BATCH_TOKENS = 1024;

/** Number of tokens from which a batch of any shape ends before a row that is much shorter than the longest one. */
const SHORT_BATCH_TOKENS = 256;

/** Length of a much shorter row, relative to the longest one. Padding the row would take more time than another batch. */
const SHORT_ROW = 0.9;

/** Maximum number of rows in a batch. */
const LARGEST_BATCH = 64;

/** Rows of one batch. */
export interface Group {
  /** Indices into the array of lengths. */
  readonly rows: readonly number[];
  /** Number of tokens that every row is padded to. */
  readonly length: number;
}

/** Options of {@link groupByLength}. */
export interface GroupOptions {
  /** Maximum padded length of a row, in tokens. */
  readonly maxLength: number;
  /** Number of rows in a full batch. @default as many rows as fit into 1,024 tokens, at most 64 */
  readonly batchSize?: number | undefined;
  /** Whether batches may have any shape, because one program runs all shapes. @default false */
  readonly anyShape?: boolean;
}

/**
 * Groups rows into batches by length.
 *
 * If each batch shape needs a program, the number of shapes is limited: batch sizes are powers of two, and lengths are
 * multiples of 8 below 64 tokens and of 16 otherwise.
 *
 * @param lengths number of tokens in each row
 */
export function groupByLength(
  lengths: readonly number[],
  { maxLength, batchSize, anyShape = false }: GroupOptions,
): Group[] {
  // Longest rows first: the small batches at the end then contain the rows that are cheapest to compute.
  const order = lengths.map((_, row) => row).sort((a, b) => lengths[b]! - lengths[a]!);
  const groups: Group[] = [];
  for (let start = 0; start < order.length; ) {
    const longest = lengths[order[start]!]!;
    const length = anyShape ? longest : paddedLength(longest, maxLength);
    const full = batchSize ?? fullBatch(length);
    const remaining = order.length - start;
    const most = remaining >= full ? full : anyShape ? remaining : powerOfTwo(remaining);
    const longestRows = order.slice(start, start + most);
    const size = anyShape && batchSize === undefined ? similarRows(longestRows.map((row) => lengths[row]!)) : most;
    groups.push({ rows: longestRows.slice(0, size), length });
    start += size;
  }
  return groups;
}

/** Returns the number of rows that are not much shorter than the first, of rows in descending order of length. */
function similarRows(lengths: readonly number[]): number {
  const [longest] = lengths as readonly [number];
  const least = Math.ceil(SHORT_BATCH_TOKENS / longest);
  const end = lengths.findIndex((length, i) => i >= least && length < SHORT_ROW * longest);
  return end < 0 ? lengths.length : end;
}

/** Returns the length that a batch is padded to if each batch shape needs a program. */
export function paddedLength(tokens: number, maxLength: number): number {
  const multiple = tokens < 64 ? 8 : 16;
  return Math.min(multiple * Math.ceil(tokens / multiple), maxLength);
}

/** Returns the number of rows in a full batch of a length. */
export function fullBatch(length: number): number {
  return Math.min(powerOfTwo(BATCH_TOKENS / length), LARGEST_BATCH);
}

/** Returns the largest power of two that is at most `limit`, but at least 1. */
function powerOfTwo(limit: number): number {
  return 2 ** Math.max(Math.floor(Math.log2(limit)), 0);
}
