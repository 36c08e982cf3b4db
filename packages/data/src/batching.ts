import { type BatchShape, Random, type RandomState } from "@bertie/common";
import { batches, countBatches, type FeatureBatch } from "./batches.ts";
import type { InputFeatures } from "./features.ts";
import { type BatchPlan, batchShapes, chooseLengths } from "./lengths.ts";
import { bucketByLength, epochOrder, evaluationOrder } from "./order.ts";

export interface BatchingOptions {
  readonly batchSize: number;
  /** Maximum number of tokens per row. No row of the features is longer. */
  readonly maxLength: number;
  /**
   * "longest" pads rows to one of a few lengths, and batches rows of similar length together; "max" pads every row to
   * `maxLength`.
   *
   * @default "longest"
   */
  readonly padding?: "longest" | "max";
  /** Maximum number of lengths that batches are padded to: a program is compiled for each. @default 6 */
  readonly paddedLengths?: number;
  /** Whether each epoch of training visits the rows in a new random order. @default true */
  readonly shuffle?: boolean;
  /** Random seed of that order. */
  readonly seed: number;
}

type PlanOptions = Omit<BatchingOptions, "shuffle" | "seed">;

/** The batches of an evaluation, and the shapes that they have. */
export interface EvaluationBatches {
  readonly shapes: readonly BatchShape[];
  /** Rows of similar length are together, so the batches are not in the order of the rows. */
  batches(): Iterable<FeatureBatch>;
}

/** The batches of training, and the state needed to make them again. */
export interface TrainingBatches {
  readonly batchesPerEpoch: number;
  readonly shapes: readonly BatchShape[];
  /** The batches of an epoch, counted from 0, in order, starting at batch `firstBatch`. */
  epoch(index: number, firstBatch: number): Iterable<FeatureBatch>;
  /** The generator's state from which the order of an epoch is drawn, for the current epoch or the next one. */
  orderState(epoch: number): RandomState;
}

/**
 * Returns the batches of training: rows of similar length together, in a new order each epoch, unless `shuffle` is false.
 *
 * @param state the generator's state to resume from: the `orderState` of the first epoch that is asked for
 * @throws BertieError "config/batch-size"
 * @example
 * ```ts ignore
 * const data = trainingBatches(features, { batchSize: 32, maxLength: 128, seed: 42 });
 * for (const { inputIds, labelIds } of data.epoch(0, 0)) train(inputIds, labelIds);
 * ```
 */
export function trainingBatches(
  features: readonly InputFeatures[],
  options: BatchingOptions,
  state?: RandomState,
): TrainingBatches {
  const { batchSize, shuffle = true, seed } = options;
  const batchesPerEpoch = countBatches(features.length, batchSize);
  const plan = shuffle ? planByLength(features, options) : planInOrder(features, options);
  const random = state === undefined ? new Random(seed, "shuffle") : Random.fromState(state);
  let current = { epoch: -1, state: random.state };
  const order = () => {
    const rows = epochOrder(features.length, shuffle ? random : undefined);
    return shuffle ? bucketByLength(rows, features, plan, random) : rows;
  };
  return {
    batchesPerEpoch,
    shapes: batchShapes(features.length, plan),
    epoch(epoch, firstBatch) {
      current = { epoch, state: random.state };
      return batches(features, { batchSize, order: order(), padTo: plan.lengths, firstBatch });
    },
    orderState: (epoch) => (epoch === current.epoch ? current.state : random.state),
  };
}

/**
 * Returns the batches of an evaluation, in the same order each time.
 *
 * @throws BertieError "config/batch-size" when the batches are read
 */
export function evaluationBatches(features: readonly InputFeatures[], options: PlanOptions): EvaluationBatches {
  const { batchSize } = options;
  const plan = planByLength(features, options);
  return {
    shapes: batchShapes(features.length, plan),
    batches: () => batches(features, { batchSize, order: evaluationOrder(features, plan), padTo: plan.lengths }),
  };
}

/** For rows that may be reordered. */
function planByLength(features: readonly InputFeatures[], options: PlanOptions): BatchPlan {
  const { batchSize, maxLength, padding, paddedLengths } = options;
  if (padding === "max") return { batchSize, lengths: [maxLength] };
  const lengths = features.map(({ inputIds }) => inputIds.length);
  return { batchSize, lengths: chooseLengths(lengths, { batchSize, maxLength, most: paddedLengths }) };
}

/** For batches whose rows are given: each batch is as long as its longest row. */
function planInOrder(features: readonly InputFeatures[], options: PlanOptions): BatchPlan {
  const { batchSize, maxLength, padding, paddedLengths } = options;
  if (padding === "max") return { batchSize, lengths: [maxLength] };
  const lengths = Array.from(batches(features, { batchSize, padTo: "longest" }), ({ length }) => length);
  return { batchSize, lengths: chooseLengths(lengths, { batchSize: 1, maxLength, most: paddedLengths }) };
}
