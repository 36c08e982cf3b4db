import type { Random } from "@bertie/common";
import type { InputFeatures } from "./features.ts";
import { type BatchPlan, lengthIndex } from "./lengths.ts";

/**
 * Returns the order in which an epoch visits `count` rows: shuffled by `random`, or ascending without it.
 *
 * To resume within an epoch, save `random.state` before the call and restore it to get the same order again.
 *
 * @example
 * ```ts
 * import { Random } from "@bertie/common";
 * import { epochOrder } from "@bertie/data";
 *
 * console.log(epochOrder(4, undefined)); // [0, 1, 2, 3]
 * console.log(epochOrder(4, new Random(42, "shuffle"))); // the same rows in random order
 * ```
 */
export function epochOrder(count: number, random: Random | undefined): number[] {
  const order = Array.from({ length: count }, (_, row) => row);
  return random === undefined ? order : random.shuffled(order);
}

/**
 * Groups the rows of an epoch into batches of similar length. Rows that do not fill a batch of their length move to a batch of
 * the next length. If the number of rows is not a multiple of the batch size, the last rows of `order` stay at the end. The
 * batches are shuffled by `random`, or sorted from short to long without it. With only one length, the order does not change.
 *
 * If `order` is random, so are the rows of each batch and the rows at the end. Over many epochs, every row has the same weight.
 *
 * @param order rows in the order of {@link epochOrder}
 * @returns the rows in their new order
 * @example
 * ```ts
 * import { bucketByLength } from "@bertie/data";
 *
 * const features = [3, 9, 3, 9].map((length) => {
 *   const zeros = new Int32Array(length);
 *   return { inputIds: zeros, inputMask: zeros, segmentIds: zeros, labelId: 0 };
 * });
 * console.log(bucketByLength([0, 1, 2, 3], features, { batchSize: 2, lengths: [8, 16] }, undefined)); // [0, 2, 1, 3]
 * ```
 */
export function bucketByLength(
  order: readonly number[],
  features: readonly InputFeatures[],
  plan: BatchPlan,
  random: Random | undefined,
): number[] {
  const { batchSize, lengths } = plan;
  if (lengths.length === 1) return order.slice();
  const end = order.length - (order.length % batchSize);
  const buckets = lengths.map((): number[] => []);
  for (const row of order.slice(0, end)) buckets[lengthIndex(plan, features[row]!)]!.push(row);
  const batches: number[][] = [];
  let leftover: number[] = [];
  for (const bucket of buckets) {
    const rows = leftover.concat(bucket);
    const inFullBatches = rows.length - (rows.length % batchSize);
    batches.push(...chunksOf(rows.slice(0, inFullBatches), batchSize));
    leftover = rows.slice(inFullBatches);
  }
  return (random === undefined ? batches : random.shuffled(batches)).flat().concat(order.slice(end));
}

/** Number of batches within which an evaluation sorts rows, so that results can be returned in row order with little delay. */
const BATCHES_PER_WINDOW = 64;

/**
 * Returns the order in which an evaluation visits all rows: from short to long padded lengths, within windows of 64 batches.
 *
 * @example
 * ```ts
 * import { evaluationOrder } from "@bertie/data";
 *
 * const features = [3, 9, 3, 9].map((length) => {
 *   const zeros = new Int32Array(length);
 *   return { inputIds: zeros, inputMask: zeros, segmentIds: zeros, labelId: 0 };
 * });
 * console.log(evaluationOrder(features, { batchSize: 2, lengths: [8, 16] })); // [0, 2, 1, 3]
 * ```
 */
export function evaluationOrder(features: readonly InputFeatures[], plan: BatchPlan): number[] {
  const rows = epochOrder(features.length, undefined);
  return chunksOf(rows, plan.batchSize * BATCHES_PER_WINDOW).flatMap((window) =>
    bucketByLength(window, features, plan, undefined),
  );
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
