import process from "node:process";
import { BertieError } from "@bertie/common";
import {
  type ChosenPrecision,
  choosePrecision,
  createCpuExecutor,
  createExecutor,
  type Executor,
  sizeOf,
} from "@bertie/engine";
import {
  type BertConfig,
  bertForSequenceClassification,
  isBelowLayer,
  loadClassifierParameters,
  loadWarnings,
  type ModelDirectory,
  type ParameterSpec,
} from "@bertie/model";
import type { Classifier, Parameter } from "@bertie/optim";
import type { Checkpoint, RunSetting } from "../checkpoint/checkpoint.ts";
import { compareSettings, keptOptions, requireSame } from "../checkpoint/differences.ts";
import { tryWebgpu } from "../doctor/try-webgpu.ts";
import { createInputReader, type InputFile } from "../files.ts";
import { loadData, type RunData } from "../load/data.ts";
import { engineRequest } from "../load/engine-request.ts";
import { loadModel } from "../load/model.ts";
import { createModelTokenizer } from "../load/tokenizer.ts";
import type { RunOptions } from "../options/run-options.ts";
import { versions } from "../versions.ts";
import { checkOptions } from "./check-options.ts";
import { info, type RunEvent, warning } from "./events.ts";
import { taskMetric } from "./results.ts";
import { isDone, outputDirOf, type Resumption, reopenRunDirectory, resumeIn } from "./resume.ts";
import { checkOutputDirectory, openRunDirectory, type RunDirectory, tidyFinished } from "./run-directory.ts";

/** A run whose input is read and found good. */
export interface PreparedRun {
  readonly options: RunOptions;
  readonly model: ModelDirectory;
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
  /** What it goes on with, if it was left before. */
  readonly checkpoint: Checkpoint | undefined;
  /** What a run that goes on with this one must have in common with it. */
  readonly setting: RunSetting;
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
 * @returns "finished" where the run is to be resumed and has come to its end
 * @throws BertieError for the first thing that is wrong; then nothing has been written
 */
export async function prepareRun(request: RunRequest): Promise<PreparedRun | "finished"> {
  const { options, given } = request;
  const outputDir = outputDirOf(options);
  if (options.resume === undefined) {
    checkOptions(options, process.env.WORLD_SIZE);
    if (outputDir !== undefined) await checkOutputDirectory(outputDir, options);
    const begins = { options, given, checkpoint: undefined, differences: [], notes: [] };
    if (outputDir === undefined) return prepareIn(undefined, begins, request);
    return closing(
      await openRunDirectory(outputDir, { overwrite: options.overwriteOutputDir, resume: false }),
      (directory) => prepareIn(directory, begins, request),
    );
  }
  if (await isDone(options)) {
    await tidyFinished(outputDir!);
    return "finished";
  }
  return closing(await reopenRunDirectory(outputDir!, options), async (directory) => {
    const resumption = await resumeIn(directory, options, given);
    checkOptions({ ...resumption.options, outputDir: directory.path }, process.env.WORLD_SIZE);
    await checkOutputDirectory(directory.path, resumption.options);
    return prepareIn(directory, resumption, request);
  });
}

/** Leaves the directory if the work fails. */
async function closing<T>(directory: RunDirectory, work: (directory: RunDirectory) => Promise<T>): Promise<T> {
  try {
    return await work(directory);
  } catch (error) {
    await directory.leave();
    throw error;
  }
}

async function prepareIn(
  directory: RunDirectory | undefined,
  { options: asked, given, checkpoint, differences, notes }: Resumption,
  { linesFile }: RunRequest,
): Promise<PreparedRun> {
  const inputs = createInputReader();
  const model = await loadModel(asked, inputs);
  const { config, trained } = model;
  const options = given.has("maxSeqLength") || asked.doTrain ? asked : withTrainedLength(asked, trained.maxSeqLength);
  checkLength(options, config, model.files.config);
  const lowerCase = given.has("doLowerCase") ? options.doLowerCase : (model.lowerCase ?? false);
  const tokenizer = createModelTokenizer(model, lowerCase);
  const data = await loadData({ options, config, trained, tokenizer: tokenizer.get, linesFile }, inputs);
  checkMetric(options, data.processor?.taskName);
  const { specs, parameters, warnings } = loadParameters(model, data.labels, options);
  const trainable = freeze(specs, config, options);

  const found: RunEvent[] = [];
  const executor = await createExecutor({
    ...engineRequest({
      ...options,
      ...(checkpoint && options.device === "auto" && deviceOf(checkpoint.state.setting)),
    }),
    ...(options.doTrain && { measureWebgpu: tryWebgpu }),
    log: (text) => found.push(info(text)),
  });
  const setting: RunSetting = {
    options: keptOptions(options),
    given: [...given],
    engine: executor.engine,
    device: executor.device,
    versions: versions(),
    files: inputs.list(),
  };
  if (checkpoint && directory) {
    const all = [...differences, ...compareSettings(setting, checkpoint.state.setting)];
    requireSame(all, directory.path, options.resumeAnyway);
  }
  const precision = choosePrecision(options, executor);
  const apart = options.doTrain && options.optimizeOnCpu && executor.device !== "cpu";
  const optimizerExecutor = apart ? await createCpuExecutor(engineRequest(options)) : undefined;
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
    parameters: checkpoint?.parameters ?? parameters,
    executor,
    precision,
    optimizerExecutor,
    directory,
    setting,
    checkpoint,
    inputFiles: inputs.list(),
    notes: [
      ...(directory?.leftBy ? [info(`${directory.path}: taken over from ${directory.leftBy}, which is no more`)] : []),
      ...notes,
      ...tokenizer.warnings().map(warning),
      ...(checkpoint ? [] : warnings.map(warning)),
      ...found,
      ...(precision.note ? [warning(precision.note)] : []),
      ...notesOn(options, executor),
      ...(trainable === specs ? [] : [info(describeFrozen(trainable))]),
      ...[data.train, ...data.evaluations, data.predict].flatMap((set) => set?.notes.map(info) ?? []),
    ],
  };
}

/** What "auto" chose by what was measured then, and might choose otherwise now. */
function deviceOf({ device }: RunSetting): { device?: string } {
  return device === "webgpu" ? { device } : {};
}

/** That the task has the metric by which weights are kept. */
function checkMetric({ metric }: RunOptions, taskName: string | undefined): void {
  const available = ["accuracy", "loss", taskMetric(taskName)];
  if (metric === undefined || available.includes(metric)) return;
  const text = `--metric ${metric}: this task is evaluated by ${available.join(", ")}; choose one of these`;
  throw new BertieError("options/metric", text);
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
  const count = (some: readonly Parameter[]) => some.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const trained = parameters.filter(({ frozen }) => !frozen);
  return `--freeze-layers: ${count(trained)} of ${count(parameters)} weights are trained`;
}

function loadParameters(model: ModelDirectory, labels: readonly string[], { seed, doTrain }: RunOptions) {
  const { weights } = model.files;
  if (weights === undefined && !doTrain) {
    const text = "no weights are given: add --init-checkpoint, or --model with a trained model";
    throw new BertieError("input/missing-file", text);
  }
  const loaded = loadClassifierParameters(model, { labels, seed });
  const text = "no weights are given: the model starts from random ones; --init-checkpoint or --model gives some";
  return { ...loaded, warnings: weights === undefined ? [text] : loadWarnings(loaded, weights) };
}

function notesOn(options: RunOptions, executor: Executor): RunEvent[] {
  const { trainBatchSize: batchSize, gradientAccumulationSteps: accumulation } = options;
  const notes: RunEvent[] = [];
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
