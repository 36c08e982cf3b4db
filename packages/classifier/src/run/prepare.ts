import { BertieError } from "@bertie/common";
import {
  chooseInferencePrecision,
  createCpuExecutor,
  createExecutor,
  type Executor,
  type ExecutorRequest,
  sizeOf,
} from "@bertie/engine";
import {
  type BertConfig,
  bertForSequenceClassification,
  isBelowLayer,
  loadClassifierParameters,
  loadNotes,
  loadWarnings,
  type ModelDirectory,
  type ParameterSpec,
} from "@bertie/model";
import type { Classifier, LossSpec, Parameter } from "@bertie/optim";
import type { Checkpoint, RunSetting } from "../checkpoint/checkpoint.ts";
import {
  compareSettings,
  type Difference,
  type OptionRecord,
  requireCompatible,
} from "../checkpoint/resume-compatibility.ts";
import type { RunData } from "../data/data-set.ts";
import { checkHeadOnly, withHeadOnlyDefaults } from "../probe/check-head-only.ts";
import type { InputFile, Workspace } from "../storage/storage.ts";
import { checkMetric } from "./check-metric.ts";
import { info, type RunEvent, warning } from "./events.ts";
import { checkLearningAids, lossOf, withLayerDecay } from "./learning-aids.ts";
import { notesOnProblem, requireProblemOf } from "./model-problem.ts";
import type { TrainingOptions } from "./options.ts";
import type { PreparedRun, RunRequests } from "./prepared-run.ts";
import { withThreshold } from "./threshold.ts";

/** Options of a run, and its model and data, which have been read. */
export interface RunInput {
  readonly options: TrainingOptions;
  /** Options for run.json and checkpoints, see {@link PreparedRun.record}. */
  readonly record: OptionRecord;
  /** Options for checkpoints, with absolute paths. @default record */
  readonly checkpointRecord?: OptionRecord;
  /** Names of the options that the user has set. */
  readonly given: readonly string[];
  readonly model: ModelDirectory;
  readonly lowerCase: boolean;
  readonly data: RunData;
  readonly engine: ExecutorRequest | Executor;
  /** Whether to use fp16, or bf16 on devices without fp16. @default false */
  readonly fp16?: boolean;
  /** Workspace for the results; undefined if nothing is written. */
  readonly workspace: Workspace | undefined;
  /** Whether a finished run may be replaced. */
  readonly overwrite: boolean;
  /** Checkpoint to resume from; undefined for a new run. */
  readonly checkpoint: Checkpoint | undefined;
  /** Known differences from the run of the checkpoint. */
  readonly differences: readonly Difference[];
  /** Whether the model was read from the checkpoint. @default false */
  readonly modelFromCheckpoint?: boolean;
  /** Whether the run may be resumed with harmless differences. */
  readonly resumeAnyway: boolean;
  /** All files that were read. */
  readonly inputFiles: readonly InputFile[];
  /** Files to compare with the files of the checkpoint. @default inputFiles */
  readonly comparedFiles?: readonly InputFile[];
  /** Versions of Bertie, the runtime and the engine, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Operating system and CPU; undefined if unknown. */
  readonly platform?: string | undefined;
  /** Name of the machine, which TensorBoard shows. @default unknown */
  readonly host?: string | undefined;
  /** Notes for the user, yielded before the run starts. */
  readonly notes: readonly RunEvent[];
  readonly requests?: RunRequests | undefined;
}

/**
 * Validates the input of a run, creates its executors and initializes its parameters. If an error is thrown, nothing
 * has been written.
 *
 * @throws BertieError "options/accumulation", "options/max-seq-length", "options/metric" or "options/freeze-layers" if
 *   an option is out of range, "options/changed" if a resumed run differs, "weights/…" if there are no weights, if they
 *   do not fit the model, or if a model to evaluate is not fine-tuned, "engine/…" if the engine, the device or the precision
 *   is not available
 *
 * @example
 * ```ts ignore
 * import { prepareRun, type RunInput } from "@bertie/classifier";
 *
 * declare const input: RunInput; // options, model and data; createTrainer() provides a simpler interface
 * const prepared = await prepareRun(input);
 * await prepared.release();
 * ```
 */
export async function prepareRun(requested: RunInput): Promise<PreparedRun> {
  const input = withHeadOnlyDefaults(requested);
  const { options, model, checkpoint, workspace } = input;
  const isTraining = input.data.train !== undefined;
  if (isTraining && options.precision === "int8") {
    const text =
      "precision (--precision) is int8, which cannot train: expected fp32, bf16 or fp16. Train the model first, then use int8 to evaluate it or to predict with it.";
    throw new BertieError("options/value", text);
  }
  const data = withThreshold(input.data, options, isTraining ? undefined : model.trained.threshold);
  checkAccumulation(options);
  checkLength(options.maxLength, model);
  checkMetric(options, data);
  checkLearningAids(options);
  checkHeadOnly(options, input.given);
  const isResumed = checkpoint !== undefined;
  const { specs, parameters, notes } = loadParameters(model, data.labels, options, isTraining, isResumed);
  const loss = lossOf(options, data);
  if (!isTraining) requireProblemOf(model, data);
  const parameterList: readonly Parameter[] = isTraining
    ? withLayerDecay(freeze(specs, model.config, options), model.config, options)
    : specs;

  const precisionRequest = { precision: options.precision, fp16: input.fp16 ?? false };
  const engineNotes: RunEvent[] = [];
  const request = isExecutor(input.engine) ? {} : withDeviceOf(input.engine, checkpoint);
  const executor = isExecutor(input.engine)
    ? input.engine
    : await createExecutor({
        ...request,
        // In fp32, an evaluation has to reproduce the results of training to the last bit, so it uses the same engine.
        inference: options.precision === "int8" && options.precision,
        log: (text) => engineNotes.push(info(text)),
      });
  try {
    const setting: RunSetting = {
      options: input.checkpointRecord ?? input.record,
      given: input.given,
      engine: executor.engine,
      device: executor.device,
      versions: input.versions,
      files: input.inputFiles.map(({ path, sha256 }) => ({ path, sha256 })),
    };
    if (checkpoint && workspace) {
      const all = [
        ...input.differences,
        ...compareSettings(
          { ...setting, files: input.comparedFiles ?? input.inputFiles },
          checkpoint.state.setting,
          input.modelFromCheckpoint,
        ),
      ];
      requireCompatible(all, workspace.name, input.resumeAnyway, workspace.locate(checkpoint.folder));
    }
    const precision = chooseInferencePrecision(precisionRequest, executor);
    const isSeparate = isTraining && options.optimizeOnCpu && executor.device !== "cpu";
    const optimizerExecutor = isSeparate ? await createCpuExecutor(request) : undefined;
    const takenOver = workspace?.takenOverFrom;
    let released: Promise<void> | undefined;
    const release = async () => {
      await workspace?.close();
      await Promise.all([optimizerExecutor?.dispose(), executor.dispose()]);
    };
    return {
      options,
      record: input.record,
      model,
      lowerCase: input.lowerCase,
      data,
      specs,
      classifier: bertClassifier(model.config, parameterList, loss),
      parameters: checkpoint?.parameters ?? parameters,
      executor,
      threads: request.threads,
      precision,
      optimizerExecutor,
      workspace,
      overwrite: input.overwrite,
      setting,
      checkpoint,
      inputFiles: input.inputFiles,
      platform: input.platform,
      host: input.host,
      requests: input.requests ?? { checkpoint: false, finish: false },
      release: () => (released ??= release()),
      notes: [
        ...(takenOver ? [info(`${workspace.name}: removed the stale lock of ${takenOver}, which has ended`)] : []),
        ...input.notes,
        ...(checkpoint ? [] : notes),
        ...(isTraining && !checkpoint ? notesOnProblem(model, data) : []),
        ...engineNotes,
        ...(precision.note ? [warning(precision.note, "note/other-precision")] : []),
        ...notesOn(options, request, executor, isTraining),
        ...(parameterList.some(({ frozen }) => frozen) ? [info(describeFrozen(parameterList))] : []),
        ...[data.train, ...data.evaluations, data.predict].flatMap((set) => set?.notes.map(info) ?? []),
      ],
    };
  } catch (error) {
    if (!isExecutor(input.engine)) await executor.dispose();
    throw error;
  }
}

/** Creates the classifier of a BERT model for training and evaluation. */
export function bertClassifier(config: BertConfig, parameters: readonly Parameter[], loss: LossSpec): Classifier {
  return {
    parameters,
    loss,
    logits: (values, batch, training) => bertForSequenceClassification(values, config, batch, training),
  };
}

function isExecutor(engine: ExecutorRequest | Executor): engine is Executor {
  return "compile" in engine;
}

/** Keeps WebGPU for a resumed run with device "auto", because the measurement that selects the device may vary. */
function withDeviceOf(request: ExecutorRequest, checkpoint: Checkpoint | undefined): ExecutorRequest {
  const isAuto = request.device === undefined || request.device === "auto";
  return isAuto && checkpoint?.state.setting.device === "webgpu" ? { ...request, device: "webgpu" } : request;
}

/**
 * Checks that every micro-batch has at least one example.
 *
 * @throws BertieError "options/accumulation" if `accumulation` is greater than `batchSize`
 *
 * @example
 * ```ts
 * import { checkAccumulation } from "@bertie/classifier";
 *
 * checkAccumulation({ batchSize: 32, accumulation: 4 }); // does not throw
 * ```
 */
export function checkAccumulation({
  batchSize,
  accumulation,
}: Pick<TrainingOptions, "batchSize" | "accumulation">): void {
  if (batchSize >= accumulation) return;
  const text = `batchSize (--train-batch-size) is ${batchSize}, but accumulation (--gradient-accumulation-steps) splits each batch into ${accumulation} micro-batches. Raise batchSize to ${accumulation} or more, or lower accumulation.`;
  throw new BertieError("options/accumulation", text);
}

/**
 * Checks that the maximum length does not exceed the positions of the model.
 *
 * @throws BertieError "options/max-seq-length"
 */
export function checkLength(maxLength: number, { config, files }: Pick<ModelDirectory, "config" | "files">): void {
  if (maxLength <= config.maxPositionEmbeddings) return;
  const text = `maxLength (--max-seq-length) is ${maxLength}, but the model has ${config.maxPositionEmbeddings} positions (${files.config}). Set maxLength to ${config.maxPositionEmbeddings} or less.`;
  throw new BertieError("options/max-seq-length", text);
}

/** Returns the parameters, with the parameters of the lower layers marked as frozen if requested. */
function freeze(
  specs: readonly ParameterSpec[],
  { numHiddenLayers }: BertConfig,
  { freezeLayers }: TrainingOptions,
): readonly Parameter[] {
  if (freezeLayers === undefined) return specs;
  if (freezeLayers > numHiddenLayers) {
    const text = `freezeLayers (--freeze-layers) is ${freezeLayers}, but the model has ${numHiddenLayers} layers. Set freezeLayers to ${numHiddenLayers} or less.`;
    throw new BertieError("options/freeze-layers", text);
  }
  return specs.map((spec) => ({ ...spec, frozen: isBelowLayer(spec.name, freezeLayers) }));
}

function describeFrozen(parameters: readonly Parameter[]): string {
  const count = (list: readonly Parameter[]) => list.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const trained = parameters.filter(({ frozen }) => !frozen);
  return `freezeLayers (--freeze-layers): training ${count(trained)} of ${count(parameters)} weights`;
}

function loadParameters(
  model: ModelDirectory,
  labels: readonly string[],
  { seed, newLabels, randomWeights }: TrainingOptions,
  isTraining: boolean,
  isResumed: boolean,
) {
  // The parameters of a resumed run are in its checkpoint.
  const needsNone = isResumed && model.tensors === undefined;
  const loaded = loadClassifierParameters(model, {
    ...{ labels, seed, newLabels: newLabels && isTraining, requireTrained: !isTraining },
    randomWeights: isTraining && (randomWeights || needsNone),
  });
  const { weights } = model.files;
  if (randomWeights && isTraining) return { ...loaded, notes: [info(RANDOM_WEIGHTS)] };
  if (weights === undefined) return { ...loaded, notes: [] };
  const notes = [
    ...loadWarnings(loaded, weights).map((text) => warning(text, "note/other-weights")),
    ...loadNotes(loaded, weights).map(info),
  ];
  if (newLabels && isTraining) notes.push(info(`training a new classifier for ${labels.length} labels`));
  return { ...loaded, notes };
}

const RANDOM_WEIGHTS = "training starts from random weights, as requested by randomWeights (--random-weights)";

function notesOn(
  options: TrainingOptions,
  { engine = "auto" }: ExecutorRequest,
  executor: Executor,
  isTraining: boolean,
): RunEvent[] {
  const { batchSize, accumulation } = options;
  const notes: RunEvent[] = [];
  if (options.optimizeOnCpu && executor.device === "cpu") {
    notes.push(info("optimizeOnCpu (--optimize-on-cpu) has no effect, because the model also runs on the CPU"));
  }
  if (isTraining && batchSize % accumulation !== 0) {
    const micro = Math.floor(batchSize / accumulation);
    const text = `batchSize (--train-batch-size) is not divisible by accumulation (--gradient-accumulation-steps). Each update uses ${accumulation} micro-batches of ${micro} examples.`;
    notes.push(warning(text, "note/smaller-updates"));
  }
  if (engine === "auto" && executor.engine === "reference") {
    const text = `ONNX Runtime cannot be loaded, so the slow reference engine is used. Run "bertie doctor" for the reason.`;
    notes.push(warning(text, "note/slow-engine"));
  }
  return notes;
}
