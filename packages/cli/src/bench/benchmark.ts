import process from "node:process";
import { type Batch, BertieError, Random } from "@bertie/common";
import {
  type ChosenPrecision,
  chooseInferencePrecision,
  choosePrecision,
  createExecutor,
  type Executor,
  type InferencePrecision,
  inferenceWith,
  matmulsOnly,
  tooLargeForInt8,
} from "@bertie/engine";
import { type BertConfig, bertForSequenceClassification, initializeParameters, parameterSpecs } from "@bertie/model";
import { type Classifier, createStepper, prepareInference, writeParameters } from "@bertie/optim";
import { engineRequest } from "../options/engine-request.ts";
import type { BenchOptions } from "./options.ts";

const NUM_LABELS = 2;

/** A classifier to measure. */
interface Measured {
  readonly executor: Executor;
  readonly classifier: Classifier;
  /** Values of the parameters. */
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly batch: Batch;
  readonly runs: number;
  readonly precision: ChosenPrecision<InferencePrecision>;
}

/** Function that measures a classifier, and returns the duration of each run in milliseconds. */
type Measure = (measured: Measured) => Promise<number[]>;

const step: Measure = async ({ executor, classifier, values, batch, runs, precision: { type: precision } }) => {
  await writeParameters(executor, classifier, values);
  // In fp16 the loss is scaled, and a step includes the check for gradient overflow.
  const scaledLoss = precision === "float16";
  const stepper = await createStepper(executor, classifier, { seed: 1, precision, scaledLoss });
  const times: number[] = [];
  for (let seen = 0; seen < runs; seen++) {
    const start = performance.now();
    await stepper.step({ batches: [batch], learningRate: 5e-5, lossScale: 1, seen });
    times.push(performance.now() - start);
  }
  await stepper.dispose();
  return times;
};

/** Measures forward passes as `bertie predict` computes them. */
const inference: Measure = async ({ executor, classifier, values, batch, runs, precision: { name, type } }) => {
  const settings = { precision: type, maxLength: batch.length, quantized: name === "int8" };
  const prepared = await prepareInference(executor, classifier, values, settings);
  if (settings.quantized && !prepared.isFrozen) throw tooLargeForInt8();
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await prepared.logits(batch);
    times.push(performance.now() - start);
  }
  await prepared.dispose();
  return times;
};

/** The available measurements. */
const MEASURES = { step, inference };

/** Result of a benchmark: times in milliseconds, peak memory in MiB. */
export type BenchResult = Awaited<ReturnType<typeof benchmark>>;

/** Sizes of the model and the batches, and numbers of measured runs and warmup runs. */
export type BenchSize = Pick<
  BenchOptions,
  | "layers"
  | "hiddenSize"
  | "heads"
  | "intermediateSize"
  | "vocabSize"
  | "batchSize"
  | "seqLength"
  | "steps"
  | "warmupSteps"
>;

/** Measures a model of the given size on random input. */
export async function benchmark(measure: keyof typeof MEASURES, options: BenchOptions) {
  const infers = measure === "inference" && !options.productsAlone;
  const request = { ...engineRequest(options), ...(infers && { inference: inferenceWith(options) }) };
  const executor = await createExecutor(request);
  const precision = infers
    ? chooseInferencePrecision(options, executor)
    : choosePrecision(trainable(options), executor);
  const measured = options.productsAlone ? matmulsOnly(executor) : executor;
  const times = await timeRuns(measured, measure, options, precision);
  await executor.dispose();
  return {
    median_ms: round(median(times)),
    min_ms: round(Math.min(...times)),
    peak_rss_mb: round(process.resourceUsage().maxRSS / 1024),
    device: executor.device,
    engine: executor.engine,
    precision: precision.name,
  };
}

/**
 * Times runs of a model of the given size on an executor.
 *
 * @returns the duration of each run in milliseconds, without the warmup runs
 */
export async function timeRuns(
  executor: Executor,
  measure: keyof typeof MEASURES,
  size: BenchSize,
  precision: ChosenPrecision<InferencePrecision>,
): Promise<number[]> {
  const config = configOf(size);
  const specs = parameterSpecs(config, NUM_LABELS);
  const classifier: Classifier = {
    parameters: specs,
    logits: (parameters, inputs, training) => bertForSequenceClassification(parameters, config, inputs, training),
  };
  const values = initializeParameters(specs, config.initializerRange, new Random(1, "bench"));
  const { steps, warmupSteps } = size;
  const runs = warmupSteps + steps;
  const times = await MEASURES[measure]({ executor, classifier, values, batch: syntheticBatch(size), runs, precision });
  return times.slice(warmupSteps);
}

/** @throws BertieError "options/conflict" if the precision is int8, which is for inference only */
function trainable({ precision, ...options }: BenchOptions) {
  if (precision !== "int8") return { ...options, precision };
  const text = "--precision int8 does not apply to --products-alone. Remove one of the two.";
  throw new BertieError("options/conflict", text);
}

export function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.floor(sorted.length / 2)]!) / 2;
}

function configOf(options: BenchSize): BertConfig {
  const { hiddenSize, heads } = options;
  if (hiddenSize % heads !== 0) {
    const text = `--hidden-size ${hiddenSize} is not divisible by --heads ${heads}. Change one of the two.`;
    throw new BertieError("options/range", text);
  }
  return {
    vocabSize: options.vocabSize,
    hiddenSize,
    numHiddenLayers: options.layers,
    numAttentionHeads: heads,
    intermediateSize: options.intermediateSize,
    hiddenAct: "gelu",
    hiddenDropoutProb: 0.1,
    attentionProbsDropoutProb: 0.1,
    maxPositionEmbeddings: Math.max(512, options.seqLength),
    typeVocabSize: 2,
    initializerRange: 0.02,
    layerNormEps: 1e-12,
  };
}

function syntheticBatch({ batchSize, seqLength, vocabSize }: BenchSize): Batch {
  const random = new Random(1, "batch");
  return {
    size: batchSize,
    length: seqLength,
    inputIds: Int32Array.from({ length: batchSize * seqLength }, () => random.nextInt(vocabSize)),
    inputMask: new Int32Array(batchSize * seqLength).fill(1),
    segmentIds: new Int32Array(batchSize * seqLength),
    labelIds: Int32Array.from({ length: batchSize }, () => random.nextInt(NUM_LABELS)),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
