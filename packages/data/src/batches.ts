import { type Batch, BertieError } from "@bertie/common";
import type { InputFeatures } from "./features.ts";
import { epochOrder } from "./order.ts";

/** A batch of features. */
export interface FeatureBatch extends Batch {
  /** [size]: the index of each row in the features. */
  readonly rows: readonly number[];
}

export interface Padding {
  /**
   * "longest": each batch is as long as its longest row. Lengths, ascending: each is as long as the least of them that
   * holds its rows, and a last batch with fewer rows as long as the last of them, so that few shapes occur. One length:
   * all are as long as this.
   */
  readonly padTo: "longest" | number | readonly number[];
}

export interface BatchOptions extends Padding {
  readonly batchSize: number;
  /** Indices into the features, as `epochOrder` gives them; by default all, as they come. */
  readonly order?: readonly number[];
  /** The first batch to give, counted from 0: where a resumed epoch goes on. Default 0. */
  readonly firstBatch?: number;
}

/** How many batches `count` rows fill, the last, smaller one included. */
export function countBatches(count: number, batchSize: number): number {
  requirePositiveBatchSize(batchSize);
  return Math.ceil(count / batchSize);
}

/**
 * Cuts an epoch into batches. Every row of `order` comes exactly once; none is cut.
 *
 * @throws BertieError "config/batch-size", or "input/too-long" where a row is longer than `padTo` allows
 */
export function* batches(features: readonly InputFeatures[], options: BatchOptions): Generator<FeatureBatch> {
  const { batchSize, order = epochOrder(features.length, undefined), firstBatch = 0 } = options;
  const count = countBatches(order.length, batchSize);
  for (let i = firstBatch; i < count; i++) {
    const rows = order.slice(i * batchSize, (i + 1) * batchSize);
    yield makeBatch(features, rows, rows.length < batchSize ? { padTo: longestOf(options) } : options);
  }
}

/**
 * Pads some rows into one batch.
 *
 * @param rows indices into the features
 * @throws BertieError "input/too-long" where a row is longer than `padTo` allows
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
  return { size, length, inputIds, inputMask, segmentIds, labelIds, rows };
}

/** The most that batches may be padded to. */
function longestOf({ padTo }: Padding): "longest" | number {
  return typeof padTo === "object" ? padTo.at(-1)! : padTo;
}

function paddedLength(features: readonly InputFeatures[], rows: readonly number[], padding: Padding): number {
  const { padTo } = padding;
  const most = longestOf(padding);
  const limit = most === "longest" ? Number.POSITIVE_INFINITY : most;
  let longest = 0;
  for (const row of rows) {
    const { length } = features[row]!.inputIds;
    if (length > limit) {
      throw new BertieError(
        "input/too-long",
        `row ${row} has ${length} tokens and batches have ${limit}; cut the row, or make batches longer`,
      );
    }
    longest = Math.max(longest, length);
  }
  if (padTo === "longest") return longest;
  return typeof padTo === "number" ? padTo : padTo.find((length) => length >= longest)!;
}

function requirePositiveBatchSize(batchSize: number): void {
  if (Number.isInteger(batchSize) && batchSize > 0) return;
  throw new BertieError("config/batch-size", `the batch size is ${batchSize}; it must be a positive integer`);
}
