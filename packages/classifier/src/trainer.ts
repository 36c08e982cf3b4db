import { BertieError } from "@bertie/common";
import { getProcessor } from "@bertie/data";
import type { Executor, ExecutorRequest } from "@bertie/engine";
import { bertConfigFromJson, type FileSource, type ModelDirectory, readModelDirectory } from "@bertie/model";
import { checkCount } from "./check-options.ts";
import type { Checkpoint } from "./checkpoint/checkpoint.ts";
import { type Difference, mergeOptions, type OptionRecord } from "./checkpoint/resume-compatibility.ts";
import { newestCheckpoint } from "./checkpoint/store.ts";
import { checkExamples, type Examples } from "./data/examples.ts";
import { recordReads } from "./data/recorded-source.ts";
import { writeSavedSets } from "./data/saved-features.ts";
import {
  encodeData,
  hasSavedData,
  type ReadData,
  readDataFiles,
  readExamplesOf,
  readSavedData,
} from "./data/trainer-data.ts";
import { fileSourceOf, type ModelInput } from "./model-input.ts";
import { type ModelTokenizer, modelTokenizer } from "./model-tokenizer.ts";
import { info, type RunEvent, warning } from "./run/events.ts";
import { optionsOf, recordOf, type TrainingOptions, trainingDefaults, trainingOptionNames } from "./run/options.ts";
import { prepareRun } from "./run/prepare.ts";
import type { PreparedRun, RunRequests } from "./run/prepared-run.ts";
import { executeRun } from "./run/run.ts";
import { memoryStorage } from "./storage/memory.ts";
import type { Storage, Workspace } from "./storage/storage.ts";
import { VERSION } from "./version.ts";

export interface TrainerOptions
  extends Partial<TrainingOptions>,
    Pick<ExecutorRequest, "engine" | "device" | "threads" | "wasmPaths"> {
  /**
   * The model to start from: a directory in Hugging Face's layout, with config.json, vocab.txt and weights. Not needed to
   * resume a run, whose checkpoint holds the model.
   */
  readonly model?: ModelInput;
  /** Labelled examples, or a file of them. May be left out by a resumed run that has kept its data. */
  readonly train?: Examples | undefined;
  /**
   * The data files of a run that the command line started, by their names, to resume it where `train` is not set: see
   * {@link findDataFiles}.
   */
  readonly dataFiles?: ReadonlyMap<string, Blob> | undefined;
  /** In the order of their ids. By default those of the model where it was trained before, else those found in `train`. */
  readonly labels?: readonly string[];
  /** Held-out examples; the trained model is evaluated on them. */
  readonly evaluation?: Examples | undefined;
  /** Whether texts are lower-cased. By default as the model directory says. */
  readonly lowercase?: boolean;
  /** Where checkpoints and the trained model go. By default memory: see {@link Trainer.storage}. */
  readonly storage?: Storage;
  /** Resume from the newest checkpoint in the storage, if there is one. @default false */
  readonly resume?: boolean;
  /** Resume even if the engine, the device or versions have changed. @default false */
  readonly resumeAnyway?: boolean;
  /** Replace what the storage holds, once the run is complete. @default false */
  readonly overwrite?: boolean;
  /** Runs the model; it stays the caller's until {@link Trainer.run} ends, which disposes of it. */
  readonly executor?: Executor;
  /** Measure the accuracy on the first `rows` held-out examples `times` times during training. By default never. */
  readonly samples?: RunRequests["samples"] | undefined;
  /** Keep the tokenized data with the checkpoints until the run is complete, so that it can be resumed from them alone. @default false */
  readonly keepData?: boolean;
}

/** A prepared training run. Dispose of a trainer that is not run to its end: `await using`, or {@link Trainer.dispose}. */
export interface Trainer extends AsyncDisposable {
  /** In the order of their ids. */
  readonly labels: readonly string[];
  /** Where the trained model is, once the run has ended. */
  readonly storage: Storage;
  /**
   * Trains, evaluates, and writes the model; may be called once.
   *
   * @param options.signal stops the run after the current step and a checkpoint, with the signal's reason as the error
   * @returns the run's events, in order; training advances only while they are consumed
   * @throws Error when it is called again, or after {@link dispose}
   */
  run(options?: { readonly signal?: AbortSignal | undefined }): AsyncGenerator<RunEvent>;
  /** Requests a checkpoint after the current step. */
  requestCheckpoint(): void;
  /** Ends training after the current step; evaluation and results follow. */
  finish(): void;
  /** Stops the run, if it has not ended, and releases the storage and the engine. */
  dispose(): Promise<void>;
}

/**
 * Prepares the fine-tuning of a BERT on labelled texts. All input is read and checked here, so that errors are reported before
 * any work.
 *
 * @throws BertieError for the first error, such as "input/…", "config/…", "weights/…", "options/…"; then
 *   nothing has been written
 *
 * @example
 * ```ts ignore
 * const trainer = await createTrainer({ model: "bge-small-zh-v1.5", train: { file: "reviews.csv" }, epochs: 1 });
 * for await (const event of trainer.run()) if (event.type === "step") console.log(event.step, event.loss);
 * const classifier = await TextClassifier.load(trainer.storage);
 * ```
 */
export async function createTrainer(options: TrainerOptions): Promise<Trainer> {
  const { storage = memoryStorage(), resume = false, overwrite = false, train, evaluation } = options;
  if (train !== undefined) checkExamples("train", train);
  if (evaluation !== undefined) checkExamples("evaluation", evaluation);
  checkCount("batchSize", options.batchSize);
  checkCount("accumulation", options.accumulation);
  if (resume && !overwrite && (await storage.state()) === "finished") {
    const text = `${storage.name}: the run is complete already: there is nothing to resume; set overwrite to start over`;
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
          throw new Error("a trainer runs once, and not after it was disposed of: create another");
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
  const modelFiles = recordReads(modelSourceOf(requested, workspace, checkpoint));
  const model = await readModelDirectory(modelFiles.source);
  const modelFromCheckpoint = requested.model === undefined;
  const recorded = resumption.given.includes("doLowerCase") ? resumption.record.doLowerCase === true : undefined;
  const lowerCase = requested.lowercase ?? recorded ?? model.lowerCase ?? false;
  const tokenizer = modelTokenizer(model, lowerCase);
  const read = await readData(requested, workspace, model, resumption, tokenizer);
  const record = modelFromCheckpoint ? withoutModel(resumption.record) : resumption.record;
  const keeps = requested.keepData || hasSavedData(record);
  const kept = keeps ? await encodeData(read.data, record) : undefined;
  const files = kept?.files ?? read.files;
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
    record: kept?.record ?? record,
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
    // A run that begins to keep its data is compared by what it was given.
    ...(before && !hasSavedData(before) && { comparedFiles: [...modelFiles.files(), ...read.files] }),
    versions: { bertie: VERSION },
    notes: [...resumption.notes, ...tokenizer.warnings().map(warning), ...read.notes.map(info)],
    requests,
  });
  // Only after all checks: they must not replace the data of the run that is resumed. Data that were read there are unchanged.
  const isUnchanged = requested.train === undefined && hasSavedData(record);
  if (kept === undefined || isUnchanged) return run;
  try {
    await writeSavedSets(workspace, kept.sets);
    return run;
  } catch (error) {
    await run.optimizerExecutor?.dispose();
    if (requested.executor === undefined) await run.executor.dispose();
    throw error;
  }
}

/** Options without the model's files: whoever resumes the run reads the model from its checkpoint. */
function withoutModel({ model, bertConfigFile, vocabFile, initCheckpoint, ...rest }: OptionRecord): OptionRecord {
  return rest;
}

type EngineRecord = Pick<TrainerOptions, "engine" | "device" | "threads">;

/** Reads the data: those that the caller gives, those of the command line's run, or those that the run has kept. */
function readData(
  requested: TrainerOptions,
  workspace: Workspace,
  model: ModelDirectory,
  { options, record, labels = model.config.labels }: Resumption,
  tokenizer: ModelTokenizer,
): Promise<ReadData> {
  const { train, dataFiles } = requested;
  if (train !== undefined) return readExamplesOf({ ...requested, train }, labels, options.maxLength, tokenizer);
  if (dataFiles === undefined || hasSavedData(record)) return readSavedData(workspace, model, record);
  return readDataFiles(dataFiles, model, record, tokenizer);
}

/** The model to start from: the caller's, or that of the checkpoint. */
function modelSourceOf(
  { model }: TrainerOptions,
  workspace: Workspace,
  checkpoint: Checkpoint | undefined,
): FileSource {
  if (model !== undefined) return fileSourceOf(model);
  if (checkpoint === undefined) {
    const text = `${workspace.name}: holds no interrupted run; set the option model`;
    throw new BertieError("options/missing", text);
  }
  const name = workspace.locate(checkpoint.folder);
  return { name, read: (path) => workspace.read(`${checkpoint.folder}/${path}`) };
}

/** The options of a run, those of the run that it resumes among them. */
interface Resumption {
  readonly options: TrainingOptions;
  readonly record: OptionRecord;
  readonly given: readonly string[];
  readonly checkpoint: Checkpoint | undefined;
  /** The labels of the run that is resumed. */
  readonly labels: readonly string[] | undefined;
  readonly differences: readonly Difference[];
  readonly notes: readonly RunEvent[];
}

async function resumeFrom(requested: TrainerOptions, workspace: Workspace): Promise<Resumption> {
  const own = recordOfTrainer(requested);
  const given = Object.keys(own);
  const record = { ...recordOf(trainingDefaults), ...own };
  const nothing = { checkpoint: undefined, labels: undefined, differences: [], notes: [] };
  const start = { options: optionsOf(record), record, given, ...nothing };
  if (!requested.resume) return start;
  const { checkpoint, damages } = await newestCheckpoint(workspace);
  if (checkpoint === undefined)
    return { ...start, notes: [info(`${workspace.name}: there is no checkpoint yet: starts from the beginning`)] };
  const before = checkpoint.state.setting;
  const rules = { isPath: () => false, nameOf: (name: string) => name };
  // Kept data are compared by their contents; of others, which the caller gives again, all rows have to be used again.
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
      ...damages.map((damage) => warning(`${damage}: skipped`)),
      info(`${workspace.name}: resumes after step ${checkpoint.state.progress.steps}`),
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
  const [requested, found] = [now, before].map((labels) => JSON.stringify(labels));
  return requested === undefined || requested === found
    ? []
    : [{ text: `labels is ${requested} and was ${found}`, harmless: false }];
}

/** The options that the caller has set, as a run records them: the command line can resume such a run. */
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
