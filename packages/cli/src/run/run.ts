import { Random } from "@bertie/common";
import { batches, countBatches, epochOrder, type InputFeatures } from "@bertie/data";
import {
  classify,
  countSteps,
  type EvaluationResult,
  evaluate,
  probabilities,
  readParameters,
  type TrainingData,
  type TrainResult,
  train,
  writeParameters,
} from "@bertie/optim";
import type { DataSet } from "../load/data-set.ts";
import type { RunOptions } from "../options/run-options.ts";
import { formatJson } from "../report/json-lines.ts";
import type { RunEvent } from "./events.ts";
import { formatPrediction, formatStep, writeModel, writeResults } from "./output-files.ts";
import type { PreparedRun } from "./prepare.ts";
import { type EvaluatedSet, resultsOf, scoreSet } from "./results.ts";
import { runRecord } from "./run-record.ts";

/**
 * Trains, evaluates and predicts, as far as it was asked for, and writes what came of it. If it fails, or is left before
 * its end, nothing has been written.
 */
export async function* run(prepared: PreparedRun): AsyncGenerator<RunEvent> {
  const { options, data, executor, classifier, directory } = prepared;
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  try {
    yield* prepared.notes;
    yield {
      type: "run-start",
      device: executor.device,
      engine: executor.engine,
      ...(options.threads !== undefined && { threads: options.threads }),
      distributed: false,
      fp16: prepared.precision.name === "fp16",
      precision: prepared.precision.name,
      seed: options.seed,
      labels: data.labels,
    };
    await writeParameters(executor, classifier, prepared.parameters);

    const trained = data.train && (yield* trainOn(prepared, data.train));
    const evaluated: EvaluatedSet[] = [];
    for (const set of data.evaluations) evaluated.push(yield* evaluateOn(prepared, set));
    const results = resultsOf(evaluated, trained?.steps ?? 0, trained?.loss);
    if (evaluated.length > 0) yield { type: "eval-results", results };
    if (data.predict) yield* predictFor(prepared, data.predict);

    if (directory === undefined) {
      yield { type: "run-end", seconds: elapsed(), files: [] };
      return;
    }
    if (trained) await writeModel(directory, prepared, await readParameters(executor, classifier));
    if (evaluated.length > 0) await writeResults(directory, results, evaluated, data.labels);
    await directory.write("run.json", formatJson(runRecord(prepared, elapsed())));
    await directory.publish();
    yield { type: "run-end", seconds: elapsed(), outputDir: directory.path, files: directory.files() };
  } finally {
    await directory?.discard();
    await prepared.optimizerExecutor?.dispose();
    await executor.dispose();
  }
}

async function* trainOn(run: PreparedRun, set: DataSet): AsyncGenerator<RunEvent, TrainResult> {
  const { options, executor, classifier, directory, optimizerExecutor, precision } = run;
  const accumulation = options.gradientAccumulationSteps;
  const batchSize = Math.floor(options.trainBatchSize / accumulation);
  const trainOptions = {
    epochs: options.numTrainEpochs,
    accumulation,
    learningRate: options.learningRate,
    warmup: options.warmupProportion,
    seed: options.seed,
    precision: precision.type,
    ...(precision.name === "fp16" && { lossScale: options.lossScale }),
    ...(options.maxSteps !== undefined && { maxSteps: options.maxSteps }),
    ...(optimizerExecutor && { optimizerExecutor }),
  };
  const trainingData = batchesOfEpochs(set.features, batchSize, options);
  const steps = countSteps(trainingData.batchesPerEpoch, trainOptions);
  yield* phaseStart("training", set, options.trainBatchSize, steps);
  let result: TrainResult | undefined;
  for await (const event of train(executor, classifier, trainingData, trainOptions)) {
    if (event.type === "step") await directory?.append("metrics.jsonl", formatStep(event));
    if (event.type === "train-end") result = event;
    yield event;
  }
  return result!;
}

async function* evaluateOn(run: PreparedRun, set: DataSet): AsyncGenerator<RunEvent, EvaluatedSet> {
  const { options, executor, classifier, data, precision } = run;
  yield* phaseStart("evaluation", set, options.evalBatchSize);
  let result: EvaluationResult | undefined;
  const batches = batchesInOrder(set.features, options);
  for await (const event of evaluate(executor, classifier, batches, { precision: precision.type })) {
    if (event.type === "eval-end") result = event;
    else yield { ...event, set: set.name };
  }
  return scoreSet(set.name, data.processor?.taskName, result!, data.labels.length);
}

async function* predictFor(run: PreparedRun, set: DataSet): AsyncGenerator<RunEvent> {
  const { options, executor, classifier, data, directory, precision } = run;
  const { labels } = data;
  yield* phaseStart("prediction", set, options.evalBatchSize);
  const batches = batchesInOrder(set.features, options);
  const classified = classify(executor, classifier, batches, { precision: precision.type });
  for await (const { batch, logits, predictions } of classified) {
    const rows = probabilities(logits, batch.size);
    for (const [i, row] of batch.rows.entries()) {
      const prediction = {
        guid: set.guids?.[row] ?? `${set.name}-${row}`,
        label: labels[predictions[i]!]!,
        probabilities: new Map(labels.map((label, id) => [label, rows[i * labels.length + id]!])),
      };
      await directory?.append("predictions.tsv", formatPrediction(prediction));
      yield { type: "prediction", ...prediction };
    }
  }
}

function* phaseStart(
  phase: "training" | "evaluation" | "prediction",
  { name, features, logs }: DataSet,
  batchSize: number,
  steps = countBatches(features.length, batchSize),
): Generator<RunEvent> {
  for (const log of logs) yield { type: "example", set: name, ...log };
  yield { type: "phase-start", phase, set: name, examples: features.length, batchSize, steps };
}

/** Training batches: every epoch in a new order, unless the rows are not to be shuffled. */
function batchesOfEpochs(features: readonly InputFeatures[], batchSize: number, options: RunOptions): TrainingData {
  const shuffle = options.noShuffle ? undefined : new Random(options.seed, "shuffle");
  return {
    batchesPerEpoch: countBatches(features.length, batchSize),
    epoch: () => batches(features, { batchSize, order: epochOrder(features.length, shuffle), ...padding(options) }),
  };
}

function batchesInOrder(features: readonly InputFeatures[], options: RunOptions) {
  return batches(features, { batchSize: options.evalBatchSize, ...padding(options) });
}

/** Lengths come in eight sizes at most, as the model is compiled anew for each. */
function padding({ padding, maxSeqLength }: RunOptions) {
  if (padding === "max") return { padTo: maxSeqLength };
  return { padTo: "longest" as const, multipleOf: Math.max(8, Math.ceil(maxSeqLength / 8)), maxLength: maxSeqLength };
}
