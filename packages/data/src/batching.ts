import { type BatchShape, Random, type RandomState } from "@bertie/common";
import { batches, countBatches, type FeatureBatch } from "./batches.ts";
import type { InputFeatures } from "./features.ts";
import { type BatchPlan, batchShapes, chooseLengths } from "./lengths.ts";
import { bucketByLength, epochOrder, evaluationOrder } from "./order.ts";

/** Options of {@link trainingBatches}. */
export interface BatchingOptions {
  /** Number of rows per batch. */
  readonly batchSize: number;
  /** Maximum number of tokens per row. No row of the features may be longer. */
  readonly maxLength: number;
  /**
   * "longest" groups rows of similar length and pads each batch to one of a few lengths; "max" pads every batch to
   * `maxLength`.
   *
   * @default "longest"
   */
  readonly padding?: "longest" | "max";
  /** Maximum number of different padded lengths. The engine compiles one program per length. @default 6 */
  readonly paddedLengths?: number;
  /** Whether each training epoch visits the rows in a new random order. @default true */
  readonly shuffle?: boolean;
  /** Random seed of the shuffled order. */
  readonly seed: number;
}

type PlanOptions = Omit<BatchingOptions, "shuffle" | "seed">;

/** Batches of an evaluation set. */
export interface EvaluationBatches {
  /** Shapes of all batches. */
  readonly shapes: readonly BatchShape[];
  /** Returns the batches. Rows of similar length are grouped, so the batches do not follow the order of the rows. */
  batches(): Iterable<FeatureBatch>;
}

/** Batches of a training set. */
export interface TrainingBatches {
  readonly batchesPerEpoch: number;
  /** Shapes of all batches of all epochs. */
  readonly shapes: readonly BatchShape[];
  /** Returns the batches of an epoch, starting at batch `firstBatch`. Epochs and batches are counted from 0. */
  epoch(index: number, firstBatch: number): Iterable<FeatureBatch>;
  /** Returns the random state that determines the order of the current epoch or of the next one, for a checkpoint. */
  orderState(epoch: number): RandomState;
}

/**
 * Plans the batches of a training run. Rows of similar length are grouped, and each epoch has a new random order. With
 * `shuffle: false`, rows keep their order.
 *
 * @param state random state to resume from: the `orderState` of the first epoch that will be requested
 * @throws BertieError "config/batch-size" if the batch size is not a positive integer
 * @example
 * ```ts
 * import { trainingBatches } from "@bertie/data";
 *
 * const features = [1, 2, 3].map((id) => {
 *   const ids = Int32Array.of(101, id, 102);
 *   return { inputIds: ids, inputMask: ids.map(() => 1), segmentIds: ids.map(() => 0), labelId: 0 };
 * });
 * const data = trainingBatches(features, { batchSize: 2, maxLength: 128, seed: 42 });
 * for (const { size, length } of data.epoch(0, 0)) console.log(size, length); // 2 8, then 1 8
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
 * Plans the batches of an evaluation. The order is always the same.
 *
 * @throws BertieError "config/batch-size" when the batches are read, if the batch size is not a positive integer
 * @example
 * ```ts
 * import { evaluationBatches } from "@bertie/data";
 *
 * const ids = Int32Array.of(101, 7, 102);
 * const feature = { inputIds: ids, inputMask: ids.map(() => 1), segmentIds: ids.map(() => 0), labelId: 0 };
 * const { shapes } = evaluationBatches([feature, feature, feature], { batchSize: 2, maxLength: 128 });
 * console.log(shapes); // [{ size: 2, length: 8 }, { size: 1, length: 8 }]
 * ```
 */
export function evaluationBatches(features: readonly InputFeatures[], options: PlanOptions): EvaluationBatches {
  const { batchSize } = options;
  const plan = planByLength(features, options);
  return {
    shapes: batchShapes(features.length, plan),
    batches: () => batches(features, { batchSize, order: evaluationOrder(features, plan), padTo: plan.lengths }),
  };
}

/** Chooses the padded lengths for rows that may be reordered. */
function planByLength(features: readonly InputFeatures[], options: PlanOptions): BatchPlan {
  const { batchSize, maxLength, padding, paddedLengths } = options;
  if (padding === "max") return { batchSize, lengths: [maxLength] };
  const lengths = features.map(({ inputIds }) => inputIds.length);
  return { batchSize, lengths: chooseLengths(lengths, { batchSize, maxLength, maxCount: paddedLengths }) };
}

/** Chooses the padded lengths for rows in a fixed order, where each batch needs the length of its longest row. */
function planInOrder(features: readonly InputFeatures[], options: PlanOptions): BatchPlan {
  const { batchSize, maxLength, padding, paddedLengths } = options;
  if (padding === "max") return { batchSize, lengths: [maxLength] };
  const lengths = Array.from(batches(features, { batchSize, padTo: "longest" }), ({ length }) => length);
  return { batchSize, lengths: chooseLengths(lengths, { batchSize: 1, maxLength, maxCount: paddedLengths }) };
}
