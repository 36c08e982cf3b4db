import { type Batch, BertieError } from "@bertie/common";
import type { InputFeatures } from "./features.ts";
import { epochOrder } from "./order.ts";

/** A padded batch of features. */
export interface FeatureBatch extends Batch {
  /** `[size]`: index of each row in the features. */
  readonly rows: readonly number[];
}

/** Padding of a batch. */
export interface Padding {
  /**
   * Length to pad to, in tokens. "longest": the longest row of the batch. A number: always this length. An ascending list: the
   * smallest listed length that fits all rows of the batch. An incomplete last batch is padded to the largest listed length,
   * so that fewer batch shapes occur.
   */
  readonly padTo: "longest" | number | readonly number[];
}

/** Options of {@link batches}. */
export interface BatchOptions extends Padding {
  /** Number of rows per batch. */
  readonly batchSize: number;
  /** Indices into the features, in the order to visit them. @default all features, in their order */
  readonly order?: readonly number[];
  /** Index of the first batch to yield, for resuming within an epoch. @default 0 */
  readonly firstBatch?: number;
}

/**
 * Returns the number of batches for `count` rows, including an incomplete last batch.
 *
 * @throws BertieError "config/batch-size" if the batch size is not a positive integer
 * @example
 * ```ts
 * import { countBatches } from "@bertie/data";
 *
 * console.log(countBatches(33, 32)); // 2
 * ```
 */
export function countBatches(count: number, batchSize: number): number {
  if (!Number.isInteger(batchSize) || batchSize <= 0) {
    throw new BertieError(
      "config/batch-size",
      `invalid batch size ${batchSize}: expected a positive integer, such as 32.`,
    );
  }
  return Math.ceil(count / batchSize);
}

/**
 * Yields the padded batches of one epoch. Every row of `order` occurs exactly once, and no row is truncated.
 *
 * @throws BertieError "config/batch-size" if the batch size is not a positive integer
 * @throws BertieError "input/too-long" if a row is longer than the largest length in `padTo`
 * @example
 * ```ts
 * import { batches, type InputFeatures } from "@bertie/data";
 *
 * const features: InputFeatures[] = [[101, 7, 102], [101, 102]].map((ids) => ({
 *   inputIds: Int32Array.from(ids),
 *   inputMask: new Int32Array(ids.length).fill(1),
 *   segmentIds: new Int32Array(ids.length),
 *   labelId: 0,
 * }));
 * for (const { size, length, inputIds } of batches(features, { batchSize: 2, padTo: "longest" }))
 *   console.log(size, length, [...inputIds]); // 2 3 [101, 7, 102, 101, 102, 0]
 * ```
 */
export function* batches(features: readonly InputFeatures[], options: BatchOptions): Generator<FeatureBatch> {
  const { batchSize, order = epochOrder(features.length, undefined), firstBatch = 0 } = options;
  const count = countBatches(order.length, batchSize);
  for (let i = firstBatch; i < count; i++) {
    const rows = order.slice(i * batchSize, (i + 1) * batchSize);
    yield makeBatch(features, rows, rows.length < batchSize ? { padTo: largestLength(options) } : options);
  }
}

/**
 * Returns a batch of the given rows. Token ids, attention mask and token type ids are padded with 0. The label id of a row
 * without a label is -1. The batch has targets if every row has targets.
 *
 * @param rows indices into the features
 * @throws BertieError "input/too-long" if a row is longer than the largest length in `padTo`
 * @example
 * ```ts
 * import { makeBatch } from "@bertie/data";
 *
 * const ids = Int32Array.of(101, 7, 102);
 * const feature = { inputIds: ids, inputMask: ids.map(() => 1), segmentIds: ids.map(() => 0), labelId: 1 };
 * const { size, length, inputIds } = makeBatch([feature], [0], { padTo: 4 });
 * console.log(size, length, [...inputIds]); // 1 4 [101, 7, 102, 0]
 * ```
 */
export function makeBatch(features: readonly InputFeatures[], rows: readonly number[], padding: Padding): FeatureBatch {
  const size = rows.length;
  const length = paddedLength(features, rows, padding);
  const inputIds = new Int32Array(size * length);
  const inputMask = new Int32Array(size * length);
  const segmentIds = new Int32Array(size * length);
  const labelIds = new Int32Array(size);
  rows.forEach((row, i) => {
    const feature = features[row]!;
    inputIds.set(feature.inputIds, i * length);
    inputMask.set(feature.inputMask, i * length);
    segmentIds.set(feature.segmentIds, i * length);
    labelIds[i] = feature.labelId ?? -1;
  });
  const targets = targetsOfRows(features, rows);
  return { size, length, inputIds, inputMask, segmentIds, labelIds, rows, ...(targets && { targets }) };
}

/** Returns the targets of rows, `[size, labels]`; undefined if any row has none. */
function targetsOfRows(features: readonly InputFeatures[], rows: readonly number[]): Float32Array | undefined {
  const width = features[rows[0]!]?.targets?.length;
  if (width === undefined) return undefined;
  const result = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) {
    const { targets } = features[row]!;
    if (targets === undefined) return undefined;
    if (targets.length !== width) throw new Error(`row ${row}: expected ${width} targets, found ${targets.length}`);
    result.set(targets, i * width);
  }
  return result;
}

/** Returns the largest length that batches may be padded to. */
function largestLength({ padTo }: Padding): "longest" | number {
  return typeof padTo === "object" ? padTo.at(-1)! : padTo;
}

function paddedLength(features: readonly InputFeatures[], rows: readonly number[], padding: Padding): number {
  const { padTo } = padding;
  const largest = largestLength(padding);
  const limit = largest === "longest" ? Number.POSITIVE_INFINITY : largest;
  let longestRow = 0;
  for (const row of rows) {
    const { length } = features[row]!.inputIds;
    if (length > limit) {
      throw new BertieError(
        "input/too-long",
        `row ${row}: expected at most ${limit} tokens, found ${length}. Truncate the row, or pad batches to a larger length.`,
      );
    }
    longestRow = Math.max(longestRow, length);
  }
  if (padTo === "longest") return longestRow;
  return typeof padTo === "number" ? padTo : padTo.find((length) => length >= longestRow)!;
}
