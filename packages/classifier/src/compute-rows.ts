import type { Batch } from "@bertie/common";
import { type InputFeatures, makeBatch } from "@bertie/data";
import { type GroupOptions, groupByLength } from "./batch-shapes.ts";

/** Options of {@link computeRows}. */
export interface ComputeRowsOptions {
  /** Number of values per row. */
  readonly width: number;
  /** Shapes of the batches. */
  readonly shapes: GroupOptions;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Computes the values of rows, in batches of rows of similar length.
 *
 * @param compute returns the values of a batch, `[size, width]`, row-major
 * @returns the values in the order of the rows, `[rows, width]`, row-major
 * @throws the reason of the signal if it is aborted
 */
export async function computeRows(
  rows: readonly InputFeatures[],
  compute: (batch: Batch) => Promise<Float32Array>,
  { width, shapes, signal }: ComputeRowsOptions,
): Promise<Float32Array> {
  const all = new Float32Array(rows.length * width);
  const lengths = rows.map(({ inputIds }) => inputIds.length);
  for (const group of groupByLength(lengths, shapes)) {
    signal?.throwIfAborted();
    placeRows(all, await compute(makeBatch(rows, group.rows, { padTo: group.length })), group.rows, width);
  }
  return all;
}

/** Copies the values of a batch, `[size, width]`, to the places of its rows in `all`, `[rows, width]`. */
export function placeRows(all: Float32Array, values: Float32Array, rows: readonly number[], width: number): void {
  for (const [i, row] of rows.entries()) all.set(values.subarray(i * width, (i + 1) * width), row * width);
}
