import { type Batch, countBatches } from "@bertie/data";
import {
  type ClassifyOptions,
  classify,
  countSteps,
  type EvaluationResult,
  evaluate,
  prepareEvaluation,
  probabilities,
  readParameters,
  type TrainResult,
  train,
  writeParameters,
} from "@bertie/optim";
import type { DataSet } from "../load/data-set.ts";
import { formatJson } from "../report/json-lines.ts";
import { evaluationBatches, trainingBatches } from "./batching.ts";
import type { Prediction, RunEvent } from "./events.ts";
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

    // Before training: see prepareEvaluation.
    const evaluations: ReadySet[] = [];
    for (const set of data.evaluations) evaluations.push(await readyToClassify(prepared, set));
    const prediction = data.predict && (await readyToClassify(prepared, data.predict));
    const trained = data.train && (yield* trainOn(prepared, data.train));
    const evaluated: EvaluatedSet[] = [];
    for (const set of evaluations) evaluated.push(yield* evaluateOn(prepared, set));
    const results = resultsOf(evaluated, trained?.steps ?? 0, trained?.loss);
    if (evaluated.length > 0) yield { type: "eval-results", results };
    if (prediction) yield* predictFor(prepared, prediction);

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
  const trainingData = trainingBatches(set.features, batchSize, options);
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

/** A set with all that it takes to classify its rows. */
interface ReadySet {
  readonly set: DataSet;
  readonly batches: () => Iterable<Batch>;
  readonly options: ClassifyOptions;
}

async function readyToClassify(run: PreparedRun, set: DataSet): Promise<ReadySet> {
  const { options, executor, classifier, precision } = run;
  const { batches, shapes } = evaluationBatches(set.features, options.evalBatchSize, options);
  const labeled = set.features.every(({ labelId }) => labelId !== undefined);
  const programs = await prepareEvaluation(executor, classifier, shapes, labeled, { precision: precision.type });
  return { set, batches, options: { programs } };
}

async function* evaluateOn(run: PreparedRun, ready: ReadySet): AsyncGenerator<RunEvent, EvaluatedSet> {
  const { executor, classifier, data } = run;
  const { set } = ready;
  yield* phaseStart("evaluation", set, run.options.evalBatchSize);
  let result: EvaluationResult | undefined;
  for await (const event of evaluate(executor, classifier, ready.batches(), ready.options)) {
    if (event.type === "eval-end") result = event;
    else yield { ...event, set: set.name };
  }
  await ready.options.programs?.dispose();
  return scoreSet(set.name, data.processor?.taskName, result!, data.labels.length);
}

/** Predictions come in the order of the rows, whatever the order of the batches. */
async function* predictFor(run: PreparedRun, { set, batches, options }: ReadySet): AsyncGenerator<RunEvent> {
  const { executor, classifier, data, directory } = run;
  const { labels } = data;
  yield* phaseStart("prediction", set, run.options.evalBatchSize);
  const waiting = new Map<number, Prediction>();
  let next = 0;
  for await (const { batch, logits, predictions } of classify(executor, classifier, batches(), options)) {
    const rows = probabilities(logits, batch.size);
    for (const [i, row] of batch.rows.entries()) {
      waiting.set(row, {
        guid: set.guids?.[row] ?? `${set.name}-${row}`,
        label: labels[predictions[i]!]!,
        probabilities: new Map(labels.map((label, id) => [label, rows[i * labels.length + id]!])),
      });
    }
    for (let prediction = waiting.get(next); prediction !== undefined; prediction = waiting.get(++next)) {
      waiting.delete(next);
      await directory?.append("predictions.tsv", formatPrediction(prediction));
      yield { type: "prediction", ...prediction };
    }
  }
  await options.programs?.dispose();
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
