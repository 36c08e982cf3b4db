import type { Random } from "@bertie/common";
import type { InputFeatures } from "./features.ts";
import { type BatchPlan, lengthIndex } from "./lengths.ts";

/**
 * The order in which an epoch visits `count` rows: shuffled by `random`, or as they come without one.
 *
 * To resume within an epoch, keep `random.state` from before the call: from it, the order comes out the same.
 */
export function epochOrder(count: number, random: Random | undefined): number[] {
  const order = Array.from({ length: count }, (_, row) => row);
  return random === undefined ? order : random.shuffled(order);
}

/**
 * Reorders an epoch so that batches hold rows that are padded to one length. Rows that fill no batch of their length go
 * into one of the next; the last rows of `order`, too few for a batch, stay at the end. The batches are shuffled by
 * `random`, or come from short to long without one. With one length there is nothing to do.
 *
 * Where `order` is random, so is what stands in a batch of a length, and what is left for the end: over epochs every row
 * has the same weight.
 *
 * @param order rows in the order of {@link epochOrder}
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
  let left: number[] = [];
  for (const bucket of buckets) {
    const rows = left.concat(bucket);
    const whole = rows.length - (rows.length % batchSize);
    batches.push(...slices(rows.slice(0, whole), batchSize));
    left = rows.slice(whole);
  }
  return (random === undefined ? batches : random.shuffled(batches)).flat().concat(order.slice(end));
}

/** So many batches of an evaluation are reordered together: results can be given in the rows' order soon after. */
const BATCHES_PER_STRETCH = 64;

/** The order in which an evaluation visits all rows: by length within stretches of 64 batches. */
export function evaluationOrder(features: readonly InputFeatures[], plan: BatchPlan): number[] {
  const rows = epochOrder(features.length, undefined);
  return slices(rows, plan.batchSize * BATCHES_PER_STRETCH).flatMap((stretch) =>
    bucketByLength(stretch, features, plan, undefined),
  );
}

function slices<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
