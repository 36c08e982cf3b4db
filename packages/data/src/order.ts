import type { Random } from "@bertie/common";
import type { InputFeatures } from "./features.ts";

/**
 * The order in which an epoch visits `count` rows: shuffled by `random`, or as they come without one.
 *
 * To resume within an epoch, keep `random.state` from before the call: from it, the order comes out the same.
 */
export function epochOrder(count: number, random: Random | undefined): number[] {
  const order = Array.from({ length: count }, (_, row) => row);
  return random === undefined ? order : random.shuffled(order);
}

/** So many batches are sorted together: enough for little padding, few enough to leave the order random. */
const BATCHES_PER_BUCKET = 64;

/**
 * Reorders an epoch so that batches hold rows of like length, which saves padding: stretches of 64 batches are sorted by
 * length, then the batches shuffled by `random` (or left as they are without one). Rows at the end that fill no batch
 * stay there.
 *
 * @param order rows in the order of {@link epochOrder}
 */
export function bucketByLength(
  order: readonly number[],
  features: readonly InputFeatures[],
  batchSize: number,
  random: Random | undefined,
): number[] {
  const length = (row: number) => features[row]!.inputIds.length;
  const end = order.length - (order.length % batchSize);
  const sorted = slices(order.slice(0, end), batchSize * BATCHES_PER_BUCKET).flatMap((bucket) =>
    bucket.sort((a, b) => length(a) - length(b)),
  );
  const batches = slices(sorted, batchSize);
  return (random === undefined ? batches : random.shuffled(batches)).flat().concat(order.slice(end));
}

function slices<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
