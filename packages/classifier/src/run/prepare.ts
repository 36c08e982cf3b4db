import { BertieError } from "@bertie/common";
import {
  choosePrecision,
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
  loadWarnings,
  type ModelDirectory,
  type ParameterSpec,
} from "@bertie/model";
import type { Classifier, Parameter } from "@bertie/optim";
import type { Checkpoint, RunSetting } from "../checkpoint/checkpoint.ts";
import {
  compareSettings,
  type Difference,
  type OptionRecord,
  requireCompatible,
} from "../checkpoint/resume-compatibility.ts";
import type { RunData } from "../data/data-set.ts";
import type { InputFile, Workspace } from "../storage/storage.ts";
import { info, type RunEvent, warning } from "./events.ts";
import type { TrainingOptions } from "./options.ts";
import type { PreparedRun, RunRequests } from "./prepared-run.ts";
import { taskMetric } from "./results.ts";

/** The input of prepareRun(): the options of a run, and its model and data, which have been read. */
export interface RunInput {
  readonly options: TrainingOptions;
  /** The options for run.json and for checkpoints; see {@link PreparedRun.record}. */
  readonly record: OptionRecord;
  /** The same for checkpoints, with absolute paths. @default record */
  readonly keptRecord?: OptionRecord;
  /** Names of the options that the user set. */
  readonly given: readonly string[];
  readonly model: ModelDirectory;
  readonly lowerCase: boolean;
  readonly data: RunData;
  readonly engine: ExecutorRequest | Executor;
  /** Requests fp16, or bf16 on devices without fp16. @default false */
  readonly fp16?: boolean;
  readonly workspace: Workspace | undefined;
  readonly overwrite: boolean;
  readonly checkpoint: Checkpoint | undefined;
  /** The known differences from the run of the checkpoint. */
  readonly differences: readonly Difference[];
  /** Whether the model was read from the checkpoint. @default false */
  readonly modelFromCheckpoint?: boolean;
  /** Whether the run may be resumed with harmless changes. */
  readonly resumeAnyway: boolean;
  readonly inputFiles: readonly InputFile[];
  /** The files to compare with those of the checkpoint. @default inputFiles */
  readonly comparedFiles?: readonly InputFile[];
  /** Versions of Bertie and the runtime; the engine's are added. */
  readonly versions: Readonly<Record<string, string>>;
  readonly platform?: string | undefined;
  readonly notes: readonly RunEvent[];
  readonly requests?: RunRequests | undefined;
}

/**
 * Checks everything that a run needs, so that errors are reported before any work.
 *
 * @throws BertieError for the first error; then nothing has been written
 */
export async function prepareRun(input: RunInput): Promise<PreparedRun> {
  const { options, model, data, checkpoint, workspace } = input;
  const isTraining = data.train !== undefined;
  checkAccumulation(options);
  checkLength(options.maxLength, model);
  checkMetric(options, data.taskName);
  const { specs, parameters, warnings } = loadParameters(model, data.labels, options, isTraining);
  const parameterList = freeze(specs, model.config, options, isTraining);

  const found: RunEvent[] = [];
  const request = isExecutor(input.engine) ? {} : withDeviceOf(input.engine, checkpoint);
  const executor = isExecutor(input.engine)
    ? input.engine
    : await createExecutor({ ...request, log: (text) => found.push(info(text)) });
  try {
    const setting: RunSetting = {
      options: input.keptRecord ?? input.record,
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
      requireCompatible(all, workspace.name, input.resumeAnyway);
    }
    const precision = choosePrecision({ precision: options.precision, fp16: input.fp16 ?? false }, executor);
    const apart = isTraining && options.optimizeOnCpu && executor.device !== "cpu";
    const optimizerExecutor = apart ? await createCpuExecutor(request) : undefined;
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
      classifier: bertClassifier(model.config, parameterList),
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
      requests: input.requests ?? { checkpoint: false, finish: false },
      release: () => (released ??= release()),
      notes: [
        ...(takenOver ? [info(`${workspace.name}: taken over from ${takenOver}, which has ended`)] : []),
        ...input.notes,
        ...(checkpoint ? [] : warnings.map(warning)),
        ...found,
        ...(precision.note ? [warning(precision.note)] : []),
        ...notesOn(options, request, executor, isTraining),
        ...(parameterList === specs ? [] : [info(describeFrozen(parameterList))]),
        ...[data.train, ...data.evaluations, data.predict].flatMap((set) => set?.notes.map(info) ?? []),
      ],
    };
  } catch (error) {
    if (!isExecutor(input.engine)) await executor.dispose();
    throw error;
  }
}

/** A BERT classifier, as training and evaluation see it. */
export function bertClassifier(config: BertConfig, parameters: readonly Parameter[]): Classifier {
  return {
    parameters,
    logits: (values, batch, training) => bertForSequenceClassification(values, config, batch, training),
  };
}

function isExecutor(engine: ExecutorRequest | Executor): engine is Executor {
  return "compile" in engine;
}

/** "auto" chose WebGPU by a measurement, which might come out otherwise now: a resumed run keeps the device. */
function withDeviceOf(request: ExecutorRequest, checkpoint: Checkpoint | undefined): ExecutorRequest {
  const isAuto = request.device === undefined || request.device === "auto";
  return isAuto && checkpoint?.state.setting.device === "webgpu" ? { ...request, device: "webgpu" } : request;
}

/**
 * Checks that every micro-batch of an update has an example.
 *
 * @throws BertieError "options/accumulation"
 */
export function checkAccumulation({
  batchSize,
  accumulation,
}: Pick<TrainingOptions, "batchSize" | "accumulation">): void {
  if (batchSize >= accumulation) return;
  const text = `--train-batch-size ${batchSize} cannot be divided by --gradient-accumulation-steps ${accumulation}: lower the latter, or raise the batch size`;
  throw new BertieError("options/accumulation", text);
}

function checkMetric({ metric }: TrainingOptions, taskName: string | undefined): void {
  const available = ["accuracy", "loss", taskMetric(taskName)];
  if (metric === undefined || available.includes(metric)) return;
  const text = `--metric ${metric}: this task is evaluated by ${available.join(", ")}; choose one of these`;
  throw new BertieError("options/metric", text);
}

/** @throws BertieError "options/max-seq-length" where texts may be longer than the model allows */
export function checkLength(maxLength: number, { config, files }: Pick<ModelDirectory, "config" | "files">): void {
  if (maxLength <= config.maxPositionEmbeddings) return;
  const text = `--max-seq-length is ${maxLength}, but the model has ${config.maxPositionEmbeddings} positions (${files.config}): lower it to that or less`;
  throw new BertieError("options/max-seq-length", text);
}

/** The parameters, of which the lower layers' are frozen if that was asked for. */
function freeze(
  specs: readonly ParameterSpec[],
  { numHiddenLayers }: BertConfig,
  { freezeLayers }: TrainingOptions,
  isTraining: boolean,
): readonly Parameter[] {
  if (freezeLayers === undefined || !isTraining) return specs;
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

function loadParameters(
  model: ModelDirectory,
  labels: readonly string[],
  { seed }: TrainingOptions,
  isTraining: boolean,
) {
  if (model.tensors === undefined && !isTraining) {
    const text = "no weights are given: add --init-checkpoint, or --model with a trained model";
    throw new BertieError("input/missing-file", text);
  }
  const { specs, ...loaded } = loadClassifierParameters(model, { labels, seed });
  const randomWeights =
    "no weights are given: the model starts from random weights; --init-checkpoint or --model provides some";
  const warnings = model.files.weights === undefined ? [randomWeights] : loadWarnings(loaded, model.files.weights);
  return { specs, parameters: loaded.parameters, warnings };
}

function notesOn(
  options: TrainingOptions,
  { engine = "auto" }: ExecutorRequest,
  executor: Executor,
  isTraining: boolean,
): RunEvent[] {
  const { batchSize, accumulation } = options;
  const notes: RunEvent[] = [];
  if (options.optimizeOnCpu && executor.device === "cpu") {
    notes.push(info("--optimize-on-cpu: the whole run is on the CPU, including the optimizer"));
  }
  if (isTraining && batchSize % accumulation !== 0) {
    const micro = Math.floor(batchSize / accumulation);
    const text = `--gradient-accumulation-steps does not divide --train-batch-size: an update takes ${accumulation} batches of ${micro}`;
    notes.push(warning(text));
  }
  if (engine === "auto" && executor.engine === "reference") {
    const text = `ONNX Runtime cannot be loaded: the reference engine is used, which is slow; "bertie doctor" says why`;
    notes.push(warning(text));
  }
  return notes;
}
