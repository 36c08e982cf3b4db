import { type BatchShape, Random } from "@bertie/common";
import {
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

export interface Batching {
  readonly batchSize: number;
  readonly maxLength: number;
  readonly seed: number;
}

/** Few, as each takes a program, and those take seconds in a browser. */
const MOST_LENGTHS = 3;

/** Batches of rows of like length, in an order of its own each epoch: any epoch's can be made again, without those before. */
export function trainingData(
  features: readonly InputFeatures[],
  { batchSize, maxLength, seed }: Batching,
): TrainingData {
  const plan = planOf(features, batchSize, maxLength);
  return {
    batchesPerEpoch: countBatches(features.length, batchSize),
    shapes: batchShapes(features.length, plan),
    epoch(index, firstBatch) {
      const random = new Random(seed, `epoch ${index}`);
      const order = bucketByLength(epochOrder(features.length, random), features, plan, random);
      return batches(features, { batchSize, order, padTo: plan.lengths, firstBatch });
    },
  };
}

export interface EvaluationData {
  readonly shapes: readonly BatchShape[];
  batches(): Iterable<FeatureBatch>;
}

export function evaluationData(features: readonly InputFeatures[], { batchSize, maxLength }: Batching): EvaluationData {
  const plan = planOf(features, batchSize, maxLength);
  return {
    shapes: batchShapes(features.length, plan),
    batches: () => batches(features, { batchSize, order: evaluationOrder(features, plan), padTo: plan.lengths }),
  };
}

function planOf(features: readonly InputFeatures[], batchSize: number, maxLength: number) {
  const lengths = features.map(({ inputIds }) => inputIds.length);
  return { batchSize, lengths: chooseLengths(lengths, { batchSize, maxLength, most: MOST_LENGTHS }) };
}
