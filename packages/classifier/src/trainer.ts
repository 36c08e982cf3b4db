import { BertieError } from "@bertie/common";
import { getProcessor } from "@bertie/data";
import type { Executor, ExecutorRequest } from "@bertie/engine";
import { bertConfigFromJson, type FileSource, type ModelDirectory } from "@bertie/model";
import { checkCount } from "./check-options.ts";
import type { Checkpoint } from "./checkpoint/checkpoint.ts";
import { type Difference, mergeOptions, type OptionRecord } from "./checkpoint/resume-compatibility.ts";
import { newestCheckpoint } from "./checkpoint/store.ts";
import { type ReadData, readExamplesOf } from "./data/example-data.ts";
import { checkExamples, type Examples } from "./data/examples.ts";
import { recordReads } from "./data/recorded-source.ts";
import { writeSavedSets } from "./data/saved-features.ts";
import { encodeData, hasSavedData, readDataFiles, readSavedData } from "./data/trainer-data.ts";
import { type ModelInput, openModelInput } from "./model-input.ts";
import { type ModelTokenizer, modelTokenizer } from "./model-tokenizer.ts";
import { readModel } from "./model-vocabulary.ts";
import { info, type RunEvent, warning } from "./run/events.ts";
import { optionsOf, recordOf, type TrainingOptions, trainingDefaults, trainingOptionNames } from "./run/options.ts";
import { prepareRun } from "./run/prepare.ts";
import type { PreparedRun, RunRequests } from "./run/prepared-run.ts";
import { executeRun } from "./run/run.ts";
import { memoryStorage } from "./storage/memory.ts";
import type { Storage, Workspace } from "./storage/storage.ts";
import { VERSION } from "./version.ts";

/**
 * Options of {@link createTrainer}. The fields `engine`, `device`, `threads` and `wasmPaths` select and configure the
 * engine, see `ExecutorRequest` of `@bertie/engine`.
 */
export interface TrainerOptions
  extends Partial<TrainingOptions>,
    Pick<ExecutorRequest, "engine" | "device" | "threads" | "wasmPaths"> {
  /** Directory of the model to fine-tune (config.json, vocab.txt and weights). Optional for resumed runs. */
  readonly model?: ModelInput;
  /**
   * Labeled training examples, a table, or a file of a task. Optional for resumed runs with `dataFiles` or saved data.
   */
  readonly train?: Examples | undefined;
  /** Data files of a resumed run of the command line, by name; see {@link findDataFiles}. Used if `train` is not set. */
  readonly dataFiles?: ReadonlyMap<string, Blob> | undefined;
  /**
   * Names of the labels, in the order of their ids.
   *
   * @default the labels of a fine-tuned model, otherwise the labels in `train`
   */
  readonly labels?: readonly string[];
  /** Held-out examples to evaluate the model on. @default no evaluation */
  readonly evaluation?: Examples | undefined;
  /**
   * Fraction of the training examples to evaluate on instead of training on them, with the same distribution of labels.
   * Rows with the same text or group stay together. @default no split
   */
  readonly evalFraction?: number;
  /** Whether texts are lowercased before tokenization. @default the setting in the model directory, or false */
  readonly lowercase?: boolean;
  /** Storage for checkpoints and the trained model. @default memoryStorage() */
  readonly storage?: Storage;
  /** Whether to resume from the newest checkpoint in the storage, if there is one. @default false */
  readonly resume?: boolean;
  /** Whether to resume even if the engine, the device or versions have changed. @default false */
  readonly resumeAnyway?: boolean;
  /** Whether to replace the contents of the storage once the run is complete. @default false */
  readonly overwrite?: boolean;
  /** Executor that runs the model; {@link Trainer.run} disposes it. @default a new executor for `engine` and `device` */
  readonly executor?: Executor;
  /**
   * Number of accuracy measurements (`times`) on the first `rows` held-out examples during training.
   *
   * @default no measurements
   */
  readonly samples?: RunRequests["samples"] | undefined;
  /**
   * Whether to save the tokenized data with the checkpoints, so that a run can be resumed without its data files.
   *
   * @default false
   */
  readonly keepData?: boolean;
}

/** Prepared training run. Call {@link Trainer.dispose} or use `await using` for a trainer that is not run to its end. */
export interface Trainer {
  /** Names of the labels, in the order of their ids. */
  readonly labels: readonly string[];
  /** Storage of the checkpoints and, once the run is complete, of the trained model. */
  readonly storage: Storage;
  /**
   * Trains and evaluates the model, and writes it to the storage. May be called once.
   *
   * The generator throws BertieError "train/not-finite" if the loss or a weight is not finite, "output/…" or
   * "browser/…" if the storage cannot be written, "engine/…" if the device fails, and the reason of the signal if it is
   * aborted. An event "stopped" before the error contains the step of the newest checkpoint.
   *
   * @param options.signal stops the run after the current step and a checkpoint
   * @returns the events of the run, in order; training advances only while events are consumed
   * @throws Error if the trainer has been run or disposed
   */
  run(options?: { readonly signal?: AbortSignal | undefined }): AsyncGenerator<RunEvent>;
  /** Requests a checkpoint after the current step. */
  requestCheckpoint(): void;
  /** Ends training after the current step. Evaluation and results follow. */
  finish(): void;
  /** Stops the run if it has not ended, and releases the storage and the engine. May be called repeatedly. */
  dispose(): Promise<void>;
  /** Calls {@link Trainer.dispose}. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Prepares fine-tuning of a BERT model on labeled texts. All input is read and validated before training starts.
 *
 * If an error is thrown, nothing has been written to the storage.
 *
 * @param options model, data, storage and training options
 * @returns a trainer, whose `run()` trains the model
 * @throws BertieError "input/…" if data or model files are missing or malformed, for example "input/missing-file",
 *   "input/no-rows", "input/no-column", "input/not-text", "input/not-examples", "input/too-few-labels",
 *   "input/unknown-label"
 * @throws BertieError "config/…", "vocabulary/…" or "weights/…" if the model is malformed or not supported
 * @throws BertieError "options/value", "options/max-seq-length", "options/accumulation", "options/metric" or
 *   "options/freeze-layers" if an option is out of range, "options/missing" if there is no training data to resume with
 * @throws BertieError "options/changed" if a resumed run has different options or data, or (without `resumeAnyway`) a
 *   different engine, device or version; "checkpoint/none-whole" if all checkpoints are damaged, "checkpoint/version"
 *   if another version of Bertie wrote the checkpoint
 * @throws BertieError "output/finished" if the run to resume is complete, "output/not-empty" or "output/unfinished" if
 *   the storage has contents, "output/locked" or "browser/other-tab" if another run is writing to it,
 *   "output/unusable", "output/not-written", "browser/no-storage" or "browser/storage-full" if it cannot be written
 * @throws BertieError "engine/…" if the engine, the device or the precision is not available
 *
 * @example
 * ```ts
 * import { createTrainer, TextClassifier } from "@bertie/classifier";
 *
 * const trainer = await createTrainer({
 *   model: "examples/models/bge-small-zh-v1.5",
 *   train: [
 *     { text: "房间很干净", label: "positive" },
 *     { text: "毛巾有霉味", label: "negative" },
 *   ],
 *   epochs: 2,
 * });
 * for await (const event of trainer.run()) if (event.type === "step") console.log(event.step, event.loss);
 * // 1 0.645…
 * // 2 0.635…
 * await using classifier = await TextClassifier.load(trainer.storage);
 * console.log(classifier.labels); // [ "negative", "positive" ]
 * ```
 */
export async function createTrainer(options: TrainerOptions): Promise<Trainer> {
  const { storage = memoryStorage(), resume = false, overwrite = false, train, evaluation } = options;
  if (train !== undefined) checkExamples("train", train);
  if (evaluation !== undefined) checkExamples("evaluation", evaluation);
  checkCount("batchSize", options.batchSize);
  checkCount("accumulation", options.accumulation);
  if (resume && !overwrite && (await storage.state()) === "finished") {
    const text = `${storage.name}: the run is already complete, so there is nothing to resume. Set overwrite to start over.`;
    throw new BertieError("output/finished", text);
  }
  const requests: RunRequests = { checkpoint: false, finish: false, samples: options.samples };
  const workspace = await storage.open({ resume, overwrite });
  try {
    await workspace.checkTarget({ overwrite });
    const prepared = await prepare(options, workspace, requests);
    let events: AsyncGenerator<RunEvent> | undefined;
    let isDisposed = false;
    const dispose = async () => {
      isDisposed = true;
      await events?.return(undefined);
      await prepared.release();
    };
    return {
      labels: prepared.data.labels,
      storage,
      run({ signal } = {}) {
        if (events !== undefined || isDisposed)
          throw new Error("the trainer has already been run or disposed. Create another trainer.");
        events = executeRun(prepared, signal);
        return events;
      },
      requestCheckpoint() {
        requests.checkpoint = true;
      },
      finish() {
        requests.finish = true;
      },
      dispose,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await workspace.close();
    throw error;
  }
}

async function prepare(requested: TrainerOptions, workspace: Workspace, requests: RunRequests): Promise<PreparedRun> {
  const resumption = await resumeFrom(requested, workspace);
  const { options, checkpoint } = resumption;
  const opened = await modelSourceOf(requested, workspace, checkpoint);
  const modelFiles = recordReads(opened.source);
  const readsWeights = !options.randomWeights;
  const model = await readModel(modelFiles.source, { readsWeights });
  const modelFromCheckpoint = requested.model === undefined;
  const recorded = resumption.given.includes("doLowerCase") ? resumption.record.doLowerCase === true : undefined;
  const lowerCase = requested.lowercase ?? recorded ?? model.lowerCase ?? false;
  const tokenizer = modelTokenizer(model, lowerCase);
  const read = await readData(requested, workspace, model, resumption, tokenizer);
  const record = modelFromCheckpoint ? withoutModel(resumption.record) : resumption.record;
  const savesData = requested.keepData || hasSavedData(record);
  const saved = savesData ? await encodeData(read.data, record) : undefined;
  const files = saved?.files ?? read.files;
  const before = checkpoint?.state.setting.options;
  const recordedEngine = resumption.record as EngineRecord;
  const { engine = recordedEngine.engine, device = recordedEngine.device, wasmPaths } = requested;
  const { threads = recordedEngine.threads } = requested;
  const request: ExecutorRequest = {
    ...(engine && { engine }),
    ...(device && { device }),
    ...(threads !== undefined && { threads }),
    ...(wasmPaths !== undefined && { wasmPaths }),
  };
  const run = await prepareRun({
    options,
    record: saved?.record ?? record,
    given: resumption.given,
    model,
    lowerCase,
    data: read.data,
    engine: requested.executor ?? request,
    workspace,
    overwrite: requested.overwrite ?? false,
    checkpoint,
    differences: resumption.differences,
    modelFromCheckpoint,
    resumeAnyway: requested.resumeAnyway ?? false,
    inputFiles: [...(modelFromCheckpoint ? [] : modelFiles.files()), ...files],
    // If the run to resume has not saved its data, its files are compared with the original data files.
    ...(before && !hasSavedData(before) && { comparedFiles: [...modelFiles.files(), ...read.files] }),
    versions: { bertie: VERSION },
    notes: [
      ...resumption.notes,
      ...[...opened.warnings, ...model.warnings].map((text) => warning(text, "note/model-files")),
      ...tokenizer.warnings().map((text) => warning(text, "note/doubtful-tokenizer")),
      ...read.notes.map(info),
    ],
    requests,
  });
  // Data is saved after all checks, so that a rejected run does not replace the data of the run to resume.
  const isUnchanged = requested.train === undefined && hasSavedData(record);
  if (saved === undefined || isUnchanged) return run;
  try {
    await writeSavedSets(workspace, saved.sets);
    return run;
  } catch (error) {
    await run.optimizerExecutor?.dispose();
    if (requested.executor === undefined) await run.executor.dispose();
    throw error;
  }
}

/** Returns the options without the model files, because resumed runs read the model from the checkpoint. */
function withoutModel({ model, bertConfigFile, vocabFile, initCheckpoint, ...rest }: OptionRecord): OptionRecord {
  return rest;
}

type EngineRecord = Pick<TrainerOptions, "engine" | "device" | "threads">;

/** Reads the data from `train`, from `dataFiles`, or from the data that the run has saved. */
function readData(
  requested: TrainerOptions,
  workspace: Workspace,
  model: ModelDirectory,
  { options, record, labels = model.config.labels }: Resumption,
  tokenizer: ModelTokenizer,
): Promise<ReadData> {
  const { train, dataFiles } = requested;
  if (train !== undefined) {
    const known = { knownLabels: labels, knownProblem: model.config.problemType };
    const hasClassWeights = options.classWeights !== undefined;
    return readExamplesOf(requested, { ...options, ...known, hasClassWeights }, tokenizer.get);
  }
  if (dataFiles === undefined || hasSavedData(record)) return readSavedData(workspace, model, record);
  return readDataFiles(dataFiles, model, record, tokenizer);
}

/** Returns the source of the model: the option `model`, or the checkpoint. */
async function modelSourceOf(
  { model }: TrainerOptions,
  workspace: Workspace,
  checkpoint: Checkpoint | undefined,
): ReturnType<typeof openModelInput> {
  if (model !== undefined) return openModelInput(model);
  if (checkpoint === undefined) {
    const text = `${workspace.name}: the storage holds no interrupted run. Set the model option to start a run.`;
    throw new BertieError("options/missing", text);
  }
  const name = workspace.locate(checkpoint.folder);
  const source: FileSource = { name, read: (path) => workspace.read(`${checkpoint.folder}/${path}`) };
  return { source, warnings: [] };
}

/** Options of a run, merged with the options of the run that it resumes. */
interface Resumption {
  readonly options: TrainingOptions;
  readonly record: OptionRecord;
  /** Names of the options that were set explicitly. */
  readonly given: readonly string[];
  /** Checkpoint to resume from; undefined for a new run. */
  readonly checkpoint: Checkpoint | undefined;
  /** Labels of the run to resume. */
  readonly labels: readonly string[] | undefined;
  readonly differences: readonly Difference[];
  readonly notes: readonly RunEvent[];
}

async function resumeFrom(requested: TrainerOptions, workspace: Workspace): Promise<Resumption> {
  const explicit = recordOfTrainer(requested);
  const given = Object.keys(explicit);
  const record = { ...recordOf(trainingDefaults), ...explicit };
  const newRun = {
    ...{ options: optionsOf(record), record, given },
    ...{ checkpoint: undefined, labels: undefined, differences: [], notes: [] },
  };
  if (!requested.resume) return newRun;
  const { checkpoint, damages } = await newestCheckpoint(workspace);
  if (checkpoint === undefined)
    return { ...newRun, notes: [info(`${workspace.name}: no checkpoint found. Starting from the beginning.`)] };
  const before = checkpoint.state.setting;
  const rules = { isPath: () => false, nameOf: (name: string) => name };
  // Saved data is compared by its contents. For other data, the same number of rows has to be used again.
  const limits = [...(requested.train ? ["maxTrainSamples"] : []), ...(requested.evaluation ? ["maxEvalSamples"] : [])];
  const compared = new Set(given.filter((name) => !/^max(Train|Eval)Samples$/.test(name)));
  if (!hasSavedData(before.options)) for (const name of limits) compared.add(name);
  const merged = mergeOptions(record, compared, before, rules);
  const labels = await labelsOf(workspace, checkpoint);
  return {
    options: optionsOf(merged.options),
    record: merged.options,
    given: [...new Set([...before.given, ...given])],
    checkpoint,
    labels,
    differences: [...merged.differences, ...compareLabels(requested.labels, labels)],
    notes: [
      ...damages.map((damage) => warning(`${damage}. The checkpoint is skipped.`, "note/skipped-checkpoint")),
      info(`${workspace.name}: resuming after step ${checkpoint.state.progress.steps}`),
    ],
  };
}

async function labelsOf(workspace: Workspace, { folder }: Checkpoint): Promise<readonly string[] | undefined> {
  const path = `${folder}/config.json`;
  const contents = await workspace.read(path);
  return contents && bertConfigFromJson(new TextDecoder().decode(contents), workspace.locate(path)).labels;
}

function compareLabels(
  now: readonly string[] | undefined,
  before: readonly string[] | undefined,
): readonly Difference[] {
  const [requested, previous] = [now, before].map((labels) => JSON.stringify(labels));
  return requested === undefined || requested === previous
    ? []
    : [{ text: `labels is ${requested}, previously ${previous}`, harmless: false }];
}

/**
 * Returns the options that the caller has set, under the names in a run's record, so that the command line can resume
 * the run.
 */
function recordOfTrainer(options: TrainerOptions): OptionRecord {
  const training = trainingOptionNames.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]]));
  const { executor, engine = executor?.engine, device = executor?.device, threads } = options;
  const { lowercase, train, evaluation } = options;
  const set = {
    engine,
    device,
    threads,
    doLowerCase: lowercase,
    doTrain: train && true,
    doEval: evaluation && true,
    taskName: train && "task" in train ? getProcessor(train.task).taskName : undefined,
    maxTrainSamples: train && "first" in train ? train.first : undefined,
    maxEvalSamples: evaluation && "first" in evaluation ? evaluation.first : undefined,
  };
  return {
    ...recordOf(Object.fromEntries(training) as Partial<TrainingOptions>),
    ...Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)),
  };
}
