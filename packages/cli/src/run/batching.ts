import { type BatchShape, Random, type RandomState } from "@bertie/common";
import {
  type BatchPlan,
  batches,
  batchShapes,
  bucketByLength,
  chooseLengths,
  countBatches,
  epochOrder,
  evaluationOrder,
  type FeatureBatch,
  type InputFeatures,
} from "@bertie/data";
import type { TrainingData } from "@bertie/optim";
import type { RunOptions } from "../options/run-options.ts";

type Features = readonly InputFeatures[];
type BatchingOptions = Pick<RunOptions, "padding" | "maxSeqLength" | "noShuffle" | "seed">;

/** The batches of an evaluation, and the shapes that they have. */
export interface EvaluationBatches {
  readonly shapes: readonly BatchShape[];
  /** Rows of like length together, so not in the order of the rows. */
  batches(): Iterable<FeatureBatch>;
}

/** The batches of training, and what they take to be made again. */
export interface TrainingBatches extends TrainingData {
  /** The generator's state from which the order of an epoch is drawn: that of the current one, or of the next. */
  orderState(epoch: number): RandomState;
}

/**
 * Training batches: rows of like length together, in a new order each epoch, unless the rows are not to be shuffled.
 *
 * @param state of the generator, where a run goes on: that of `orderState` for the epoch that comes first
 */
export function trainingBatches(
  features: Features,
  batchSize: number,
  options: BatchingOptions,
  state?: RandomState,
): TrainingBatches {
  const batchesPerEpoch = countBatches(features.length, batchSize);
  const plan = options.noShuffle ? planInOrder(features, batchSize, options) : planOf(features, batchSize, options);
  const random = state === undefined ? new Random(options.seed, "shuffle") : Random.fromState(state);
  let current = { epoch: -1, state: random.state };
  const order = () => {
    const rows = epochOrder(features.length, options.noShuffle ? undefined : random);
    return options.noShuffle ? rows : bucketByLength(rows, features, plan, random);
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

export function evaluationBatches(features: Features, batchSize: number, options: BatchingOptions): EvaluationBatches {
  const plan = planOf(features, batchSize, options);
  return {
    shapes: batchShapes(features.length, plan),
    batches: () => batches(features, { batchSize, order: evaluationOrder(features, plan), padTo: plan.lengths }),
  };
}

/** For rows that may be brought into any order. */
function planOf(features: Features, batchSize: number, { padding, maxSeqLength }: BatchingOptions): BatchPlan {
  if (padding === "max") return { batchSize, lengths: [maxSeqLength] };
  const lengths = features.map(({ inputIds }) => inputIds.length);
  return { batchSize, lengths: chooseLengths(lengths, { batchSize, maxLength: maxSeqLength }) };
}

/** For batches whose rows are given: each is as long as its longest. */
function planInOrder(features: Features, batchSize: number, { padding, maxSeqLength }: BatchingOptions): BatchPlan {
  if (padding === "max") return { batchSize, lengths: [maxSeqLength] };
  const lengths = Array.from(batches(features, { batchSize, padTo: "longest" }), ({ length }) => length);
  return { batchSize, lengths: chooseLengths(lengths, { batchSize: 1, maxLength: maxSeqLength }) };
}
