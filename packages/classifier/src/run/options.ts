import type { PrecisionName } from "@bertie/engine";
import type { OptionRecord } from "../checkpoint/resume-compatibility.ts";
import type { MetricName } from "./scores.ts";

/** How a model is trained and evaluated. */
export interface TrainingOptions {
  /** Passes over the training set; may be a fraction. @default 3 */
  readonly epochs: number;
  /** Examples per update. @default 32 */
  readonly batchSize: number;
  /** Peak learning rate of BertAdam. @default 5e-5 */
  readonly learningRate: number;
  /** The share of all updates over which the learning rate rises from 0 to its peak. @default 0.1 */
  readonly warmup: number;
  /** Texts are truncated to this many tokens, [CLS] and [SEP] included. @default 128 */
  readonly maxLength: number;
  /** Stop after this many updates; the learning rate reaches 0 there. */
  readonly maxSteps?: number | undefined;
  /** Micro-batches per update: batchSize is divided by it. @default 1 */
  readonly accumulation: number;
  /** Random seed of the classifier's first weights, the order of the rows, and dropout. @default 42 */
  readonly seed: number;
  /** Precision of matrix multiplications; all else is float32. @default "fp32" */
  readonly precision?: PrecisionName | undefined;
  /** Multiplies the loss in fp16. @default 128 */
  readonly lossScale: number;
  /** Freeze the embeddings and this many layers; 0 freezes the embeddings only. By default nothing is frozen. */
  readonly freezeLayers?: number | undefined;
  /** Pad batches of similar length to a few lengths ("longest"), or all to maxLength ("max"). @default "longest" */
  readonly padding: "longest" | "max";
  /** The most lengths that batches are padded to. @default 6 */
  readonly paddedLengths: number;
  /** Shuffle the rows in every epoch. @default true */
  readonly shuffle: boolean;
  /** Keep the optimizer's weights and moments on the CPU while the model runs on a GPU. @default false */
  readonly optimizeOnCpu: boolean;
  /** Examples per batch in evaluation. @default 8 */
  readonly evaluationBatchSize: number;
  /** Updates between checkpoints; there is also one at the end of every epoch. @default 1000 */
  readonly checkpointSteps: number;
  /** How many of the newest checkpoints are kept, besides the best one by `metric`. @default 2 */
  readonly keepCheckpoints: number;
  /** Evaluate at every checkpoint, and keep the best weights by this metric. */
  readonly metric?: MetricName | undefined;
  /** With `metric`: stop after this many evaluations without a better one. */
  readonly earlyStopping?: number | undefined;
}

/** The defaults are those of the 2018 script `run_classifier`, where it has the option. */
export const trainingDefaults: TrainingOptions = {
  epochs: 3,
  batchSize: 32,
  learningRate: 5e-5,
  warmup: 0.1,
  maxLength: 128,
  accumulation: 1,
  seed: 42,
  lossScale: 128,
  padding: "longest",
  paddedLengths: 6,
  shuffle: true,
  optimizeOnCpu: false,
  evaluationBatchSize: 8,
  checkpointSteps: 1000,
  keepCheckpoints: 2,
};

/** The names of options in a run's record: those of the command line, in camel case. */
const RECORD_NAMES: Readonly<Record<Exclude<keyof TrainingOptions, "shuffle">, string>> = {
  epochs: "numTrainEpochs",
  batchSize: "trainBatchSize",
  learningRate: "learningRate",
  warmup: "warmupProportion",
  maxLength: "maxSeqLength",
  maxSteps: "maxSteps",
  accumulation: "gradientAccumulationSteps",
  seed: "seed",
  precision: "precision",
  lossScale: "lossScale",
  freezeLayers: "freezeLayers",
  padding: "padding",
  paddedLengths: "paddedLengths",
  optimizeOnCpu: "optimizeOnCpu",
  evaluationBatchSize: "evalBatchSize",
  checkpointSteps: "saveCheckpointsSteps",
  keepCheckpoints: "keepCheckpoints",
  metric: "metric",
  earlyStopping: "earlyStopping",
};

/** The names of all training options. */
export const trainingOptionNames = [...Object.keys(RECORD_NAMES), "shuffle"] as readonly (keyof TrainingOptions)[];

/** Options as run.json and checkpoints record them; only those that are set. */
export function recordOf({ shuffle, ...options }: Partial<TrainingOptions>): OptionRecord {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(entries.map(([name, value]) => [RECORD_NAMES[name as keyof typeof RECORD_NAMES], value])),
    ...(shuffle !== undefined && { noShuffle: !shuffle }),
  };
}

/** The training options of a run's record, with defaults for those that it lacks. */
export function optionsOf(record: OptionRecord): TrainingOptions {
  const entries = Object.entries(RECORD_NAMES).flatMap(([name, recorded]) => {
    const value = record[recorded];
    return value === undefined || value === null ? [] : [[name, value]];
  });
  return { ...trainingDefaults, ...Object.fromEntries(entries), shuffle: record.noShuffle !== true };
}
