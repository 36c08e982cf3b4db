import process from "node:process";
import { BertieError, Random } from "@bertie/common";
import type { Executor } from "@bertie/engine";
import {
  type BertConfig,
  bertForSequenceClassification,
  elementCount,
  initializeParameters,
  isBelowLayer,
  loadPretrained,
  loadWarnings,
  type ParameterSpec,
  parameterSpecs,
} from "@bertie/model";
import type { Classifier, Parameter } from "@bertie/optim";
import { createInputReader, type InputFile } from "../files.ts";
import { loadData, type RunData } from "../load/data.ts";
import { createExecutor } from "../load/executor.ts";
import { loadModel, type ModelSource } from "../load/model.ts";
import { type ChosenPrecision, choosePrecision } from "../load/precision.ts";
import { createModelTokenizer } from "../load/tokenizer.ts";
import type { RunOptions } from "../options/run-options.ts";
import { checkOptions } from "./check-options.ts";
import { info, type RunEvent, warning } from "./events.ts";
import { checkOutputDirectory, createRunDirectory, type RunDirectory } from "./run-directory.ts";

/** A run whose input is read and found good. */
export interface PreparedRun {
  readonly options: RunOptions;
  readonly model: ModelSource;
  readonly lowerCase: boolean;
  readonly data: RunData;
  readonly specs: readonly ParameterSpec[];
  readonly classifier: Classifier;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly executor: Executor;
  readonly precision: ChosenPrecision;
  /** Where the optimizer works, if not with the executor. */
  readonly optimizerExecutor: Executor | undefined;
  /** Undefined where nothing is to be written. */
  readonly directory: RunDirectory | undefined;
  /** Every file that was read. */
  readonly inputFiles: readonly InputFile[];
  /** What the user should know before the run starts. */
  readonly notes: readonly RunEvent[];
}

export interface RunRequest {
  readonly options: RunOptions;
  readonly given: ReadonlySet<keyof RunOptions>;
  /** A file of lines to classify, "-" for stdin. */
  readonly linesFile?: string | undefined;
}

/**
 * Reads and checks all that a run needs, so that what is wrong with it is said before any work.
 *
 * @throws BertieError for the first thing that is wrong; then nothing has been written
 */
export async function prepareRun({ options: asked, given, linesFile }: RunRequest): Promise<PreparedRun> {
  checkOptions(asked, process.env.WORLD_SIZE);
  const { outputDir } = asked;
  if (outputDir !== undefined) await checkOutputDirectory(outputDir, asked);

  const inputs = createInputReader();
  const model = await loadModel(asked, inputs);
  const { config, trained } = model;
  const options = given.has("maxSeqLength") || asked.doTrain ? asked : withTrainedLength(asked, trained.maxSeqLength);
  checkLength(options, config, model.files.config);
  const lowerCase = given.has("doLowerCase") ? options.doLowerCase : (model.doLowerCase ?? false);
  const tokenizer = createModelTokenizer(model, lowerCase);
  const data = await loadData(
    { options, config, modelTask: trained.taskName, tokenizer: tokenizer.get, linesFile },
    inputs,
  );
  const { specs, parameters, warnings } = loadParameters(model, data.labels.length, options);
  const trainable = freeze(specs, config, options);

  const executor = await createExecutor(options);
  const precision = choosePrecision(options, executor);
  const apart = options.doTrain && options.optimizeOnCpu && executor.device !== "cpu";
  const optimizerExecutor = apart ? await createExecutor({ ...options, device: "cpu" }) : undefined;
  return {
    options,
    model,
    lowerCase,
    data,
    specs,
    classifier: {
      parameters: trainable,
      logits: (parameters, batch, training) => bertForSequenceClassification(parameters, config, batch, training),
    },
    parameters,
    executor,
    precision,
    optimizerExecutor,
    directory: outputDir === undefined ? undefined : await createRunDirectory(outputDir, options.overwriteOutputDir),
    inputFiles: inputs.list(),
    notes: [
      ...tokenizer.warnings().map(warning),
      ...warnings.map(warning),
      ...(precision.note ? [warning(precision.note)] : []),
      ...notesOn(options, given, executor),
      ...(trainable === specs ? [] : [info(describeFrozen(trainable))]),
      ...[data.train, ...data.evaluations, data.predict].flatMap((set) => set?.notes.map(info) ?? []),
    ],
  };
}

/** A trained model goes on with the length that it was trained on. */
function withTrainedLength(options: RunOptions, maxSeqLength = options.maxSeqLength): RunOptions {
  return { ...options, maxSeqLength };
}

function checkLength({ maxSeqLength }: RunOptions, { maxPositionEmbeddings }: BertConfig, configFile: string): void {
  if (maxSeqLength <= maxPositionEmbeddings) return;
  const text = `--max-seq-length is ${maxSeqLength}, but the model has ${maxPositionEmbeddings} positions (${configFile}): lower it to that or less`;
  throw new BertieError("options/max-seq-length", text);
}

/** The parameters, of which the lower layers' are frozen if that was asked for. */
function freeze(
  specs: readonly ParameterSpec[],
  { numHiddenLayers }: BertConfig,
  { freezeLayers, doTrain }: RunOptions,
): readonly Parameter[] {
  if (freezeLayers === undefined || !doTrain) return specs;
  if (freezeLayers > numHiddenLayers) {
    const text = `--freeze-layers is ${freezeLayers}, but the model has ${numHiddenLayers} layers: lower it to that or less`;
    throw new BertieError("options/freeze-layers", text);
  }
  return specs.map((spec) => ({ ...spec, frozen: isBelowLayer(spec.name, freezeLayers) }));
}

function describeFrozen(parameters: readonly Parameter[]): string {
  const count = (some: readonly Parameter[]) => some.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const trained = parameters.filter(({ frozen }) => !frozen);
  return `--freeze-layers: ${count(trained)} of ${count(parameters)} weights are trained`;
}

function loadParameters({ config, tensors, files }: ModelSource, numLabels: number, { seed, doTrain }: RunOptions) {
  const specs = parameterSpecs(config, numLabels);
  const random = new Random(seed, "initialize");
  const { initializerRange } = config;
  if (tensors !== undefined && files.weights !== undefined) {
    const loaded = loadPretrained(specs, tensors, { random, initializerRange, fileName: files.weights });
    return { specs, parameters: loaded.parameters, warnings: loadWarnings(loaded, files.weights) };
  }
  if (!doTrain) {
    const text = "no weights are given: add --init-checkpoint, or --model with a trained model";
    throw new BertieError("input/missing-file", text);
  }
  const text = "no weights are given: the model starts from random ones; --init-checkpoint or --model gives some";
  return { specs, parameters: initializeParameters(specs, initializerRange, random), warnings: [text] };
}

function notesOn(options: RunOptions, given: ReadonlySet<keyof RunOptions>, executor: Executor): RunEvent[] {
  const { trainBatchSize: batchSize, gradientAccumulationSteps: accumulation } = options;
  const notes: RunEvent[] = [];
  if (given.has("saveCheckpointsSteps")) {
    const text = "--save-checkpoints-steps: checkpoints are not there yet; the trained model is saved at the end";
    notes.push(warning(text));
  }
  if (options.optimizeOnCpu && executor.device === "cpu") {
    notes.push(info("--optimize-on-cpu: the whole run is on the CPU, the optimizer too"));
  }
  if (options.doTrain && batchSize % accumulation !== 0) {
    const micro = Math.floor(batchSize / accumulation);
    const text = `--gradient-accumulation-steps does not divide --train-batch-size: an update takes ${accumulation} batches of ${micro}`;
    notes.push(warning(text));
  }
  if (options.engine === "auto" && executor.engine === "reference") {
    const text = `ONNX Runtime cannot be loaded: the reference engine is used, which is slow; "bertie doctor" says why`;
    notes.push(warning(text));
  }
  return notes;
}
