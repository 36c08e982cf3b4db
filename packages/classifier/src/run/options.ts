import type { ClassWeights, LongText } from "@bertie/data";
import type { InferencePrecision } from "@bertie/engine";
import type { ScheduleName } from "@bertie/optim";
import type { OptionRecord } from "../checkpoint/resume-compatibility.ts";
import type { MetricName } from "./scores.ts";

/** Hyperparameters of training and evaluation. */
export interface TrainingOptions {
  /** Number of passes over the training set; may be fractional. @default 3 */
  readonly epochs: number;
  /** Number of examples per update. @default 32 */
  readonly batchSize: number;
  /** Peak learning rate of BertAdam. @default 5e-5 */
  readonly learningRate: number;
  /** Fraction of all updates, from 0 to 1, over which the learning rate rises linearly to its peak. @default 0.1 */
  readonly warmup: number;
  /**
   * Course of the learning rate after the warmup, by its name in transformers or pytorch-pretrained-bert: "linear" or
   * "warmup_linear" (falls to 0), "cosine" or "warmup_cosine" (falls to 0 along a cosine), "constant_with_warmup" or
   * "warmup_constant" (stays at its peak), "constant" or "none" (stays at its peak, without warmup). @default "linear"
   */
  readonly schedule: ScheduleName;
  /**
   * Factor of the learning rate per layer, above 0 and at most 1: the head has the full learning rate, the last encoder
   * layer this factor, the layer below its square, and the embeddings the smallest rate. @default 1
   */
  readonly layerDecay?: number | undefined;
  /**
   * Weights of the labels, by name or "balanced", so that rare labels count as much as frequent ones. In multi-label
   * classification, factors of the loss where a label applies. @default no weights
   */
  readonly classWeights?: ClassWeights | undefined;
  /** Share of the target that is spread evenly over all labels, from 0 to 1, exclusive. @default 0 */
  readonly labelSmoothing?: number | undefined;
  /** Maximum length of a text in tokens, including [CLS] and [SEP]; longer texts are truncated. @default 128 */
  readonly maxLength: number;
  /**
   * Handling of longer texts: "truncate" keeps the beginning, "head+tail" the first quarter and the last three quarters of
   * `maxLength`, "windows" splits a text into overlapping windows, whose probabilities are averaged. @default "truncate"
   */
  readonly longText?: LongText | undefined;
  /** With "windows": number of tokens that consecutive windows share. @default a quarter of the tokens of a window */
  readonly windowOverlap?: number | undefined;
  /** Maximum number of updates; the learning rate decays to 0 at the last one. @default no limit */
  readonly maxSteps?: number | undefined;
  /** Number of micro-batches per update; each has `batchSize / accumulation` examples. @default 1 */
  readonly accumulation: number;
  /** Random seed of the initial classifier weights, the order of the examples, and dropout. @default 42 */
  readonly seed: number;
  /**
   * Precision of matrix multiplications: "fp32", "bf16" or "fp16", and "int8" to evaluate only; everything else is float32.
   *
   * @default "fp32"
   */
  readonly precision?: InferencePrecision | undefined;
  /** Initial loss scale in fp16. @default 128 */
  readonly lossScale: number;
  /**
   * Number of lower layers to freeze in addition to the embeddings; 0 freezes only the embeddings.
   *
   * @default nothing is frozen
   */
  readonly freezeLayers?: number | undefined;
  /** Whether to train a new classifier for the labels of the data, if the model was fine-tuned on others. @default false */
  readonly newLabels: boolean;
  /** Whether to start from random weights instead of the weights of the model. @default false */
  readonly randomWeights: boolean;
  /** Padding of batches: to a few lengths that suit the data ("longest"), or to maxLength ("max"). @default "longest" */
  readonly padding: "longest" | "max";
  /** Maximum number of different lengths that batches are padded to. @default 6 */
  readonly paddedLengths: number;
  /** Whether to shuffle the examples in every epoch. @default true */
  readonly shuffle: boolean;
  /** Whether to keep the weights and moments of the optimizer on the CPU if the model runs on a GPU. @default false */
  readonly optimizeOnCpu: boolean;
  /** Number of examples per batch in evaluation. @default 8 */
  readonly evaluationBatchSize: number;
  /** Number of updates between checkpoints; each epoch also ends with a checkpoint. @default 1000 */
  readonly checkpointSteps: number;
  /** Number of newest checkpoints to keep, in addition to the best checkpoint by `metric`. @default 2 */
  readonly keepCheckpoints: number;
  /** Metric to evaluate at every checkpoint and to select the best weights by. @default the last weights are used */
  readonly metric?: MetricName | undefined;
  /** Number of evaluations by `metric` without improvement after which training stops. @default no early stopping */
  readonly earlyStopping?: number | undefined;
  /** Minimum probability at which a label is predicted, with several labels per text. @default 0.5 */
  readonly threshold?: number | undefined;
  /** Whether to write report.html, events for TensorBoard and, for a trained model, README.md. @default true */
  readonly report: boolean;
  /** Whether to fit only a linear classifier to the features of the model, without fine-tuning it. @default false */
  readonly headOnly: boolean;
  /**
   * Whether to compare the fine-tuned model with a linear classifier of the features that it has before training.
   *
   * @default true for tables on the command line, otherwise false
   */
  readonly baseline?: boolean | undefined;
}

/**
 * Default training options. Options of the 2018 script `run_classifier` have the same defaults as in the script.
 */
export const trainingDefaults: TrainingOptions = {
  epochs: 3,
  batchSize: 32,
  learningRate: 5e-5,
  warmup: 0.1,
  schedule: "linear",
  maxLength: 128,
  accumulation: 1,
  seed: 42,
  lossScale: 128,
  newLabels: false,
  randomWeights: false,
  padding: "longest",
  paddedLengths: 6,
  shuffle: true,
  optimizeOnCpu: false,
  evaluationBatchSize: 8,
  checkpointSteps: 1000,
  keepCheckpoints: 2,
  report: true,
  headOnly: false,
};

/** Names of the options in a run's record: the names of the command line's options in camel case. */
const RECORD_NAMES: Readonly<Record<Exclude<keyof TrainingOptions, "shuffle">, string>> = {
  epochs: "numTrainEpochs",
  batchSize: "trainBatchSize",
  learningRate: "learningRate",
  warmup: "warmupProportion",
  schedule: "schedule",
  layerDecay: "layerDecay",
  classWeights: "classWeights",
  labelSmoothing: "labelSmoothing",
  maxLength: "maxSeqLength",
  longText: "longText",
  windowOverlap: "windowOverlap",
  maxSteps: "maxSteps",
  accumulation: "gradientAccumulationSteps",
  seed: "seed",
  precision: "precision",
  lossScale: "lossScale",
  freezeLayers: "freezeLayers",
  newLabels: "newLabels",
  randomWeights: "randomWeights",
  padding: "padding",
  paddedLengths: "paddedLengths",
  optimizeOnCpu: "optimizeOnCpu",
  evaluationBatchSize: "evalBatchSize",
  checkpointSteps: "saveCheckpointsSteps",
  keepCheckpoints: "keepCheckpoints",
  metric: "metric",
  earlyStopping: "earlyStopping",
  threshold: "threshold",
  report: "report",
  headOnly: "headOnly",
  baseline: "baseline",
};

/** Names of all training options. */
export const trainingOptionNames = [...Object.keys(RECORD_NAMES), "shuffle"] as readonly (keyof TrainingOptions)[];

/** Returns the name of an option in a run's record. */
export function recordNameOf(name: keyof TrainingOptions): string {
  return name === "shuffle" ? "noShuffle" : RECORD_NAMES[name];
}

/** Returns the options that are set, under the names in run.json and checkpoints. */
export function recordOf({ shuffle, ...options }: Partial<TrainingOptions>): OptionRecord {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(
      entries.map(([name, value]) => [RECORD_NAMES[name as keyof typeof RECORD_NAMES], recorded(value)]),
    ),
    ...(shuffle !== undefined && { noShuffle: !shuffle }),
  };
}

/** Returns a value for a record. Objects are recorded as JSON with sorted keys, so that equal objects are equal texts. */
export function recorded(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(entries));
}

function restored(value: unknown): unknown {
  return typeof value === "string" && value.startsWith("{") ? JSON.parse(value) : value;
}

/**
 * Returns the training options in a run's record. Missing options have their default values.
 *
 * @param record options under the names of the command line's options in camel case
 *
 * @example
 * ```ts
 * import { optionsOf } from "@bertie/classifier";
 *
 * const { epochs, batchSize } = optionsOf({ numTrainEpochs: 1 });
 * console.log(epochs, batchSize); // 1 32
 * ```
 */
export function optionsOf(record: OptionRecord): TrainingOptions {
  const entries = Object.entries(RECORD_NAMES).flatMap(([name, recorded]) => {
    const value = record[recorded];
    return value === undefined || value === null ? [] : [[name, restored(value)]];
  });
  return { ...trainingDefaults, ...Object.fromEntries(entries), shuffle: record.noShuffle !== true };
}
