import {
  type DataFile,
  type Evaluation,
  type Explanation,
  type ExportNote,
  exportRun,
  findDataFiles,
  importRun,
  type LabelScore,
  type ModelInput,
  type RunSummary,
  summarizeRun,
  TextClassifier,
} from "@bertie/classifier";
import { BertieError, type ProblemType } from "@bertie/common";
import type { Executor } from "@bertie/engine";
import type { ModelDirectory } from "@bertie/model";
import { type Loaded, totalProgress } from "../files/fetch-cached.ts";
import { expandArchives } from "../files/unzip.ts";
import type { UnsavedReason } from "../fine-tune/fallback-storage.ts";
import {
  createTableData,
  type OpenTableData,
  type TableChoice,
  type TablePreview,
  type TableReport,
} from "../fine-tune/table-data.ts";
import {
  createTraining,
  runStorage,
  type TrainingData,
  type TrainingEvent,
  type TrainingRequest,
} from "../fine-tune/training.ts";
import { collectFiles, type PageFile } from "./collect-files.ts";
import { type Devices, findDevices, openExecutor } from "./devices.ts";
import { type EncoderLanguage, encoderDownloadBytes, missingBytes } from "./encoders.ts";
import { openModelFiles } from "./model-files.ts";
import { languageOfVocabulary, unknownFraction } from "./model-language.ts";
import { readyClassifier } from "./ready-classifier.ts";
import { type TypedExamples, trainOnTyped } from "./typed-examples.ts";

export interface TextPair {
  readonly text: string;
  readonly pair: string | undefined;
}

/** Where a model is from: a run or typed examples of this page, a ready classifier, or files that the user has opened. */
export type ModelOrigin = "run" | "examples" | "ready" | "files";

export interface ModelSummary {
  readonly name: string;
  /** Labels in the order of their ids. */
  readonly labels: readonly string[];
  readonly problemType: ProblemType;
  readonly origin: ModelOrigin;
  /** Language of the vocabulary; undefined if it is unknown or there are several. */
  readonly language: EncoderLanguage | undefined;
}

/** Prediction of a model, and the fraction of the words that are not in its vocabulary. */
export interface Prediction {
  readonly labels: readonly LabelScore[];
  readonly unknown: number;
}

/** Formats of a saved model: a model directory, or ONNX for transformers.js in 32 or 8 bits. */
export type ModelFormat = "directory" | "fp32" | "int8";

export interface SavedFiles {
  readonly files: readonly PageFile[];
  /** Notes about how other programs use the files. */
  readonly notes: readonly ExportNote[];
}

/** Run in the storage of this page, with the data files that are still missing. */
export type SavedRun = RunSummary & { readonly missing: readonly DataFile[] };

const training = createTraining();
const table = createTableData();
let current:
  | { readonly classifier: TextClassifier; readonly executor: Executor; readonly summary: ModelSummary }
  | undefined;
/** Cancels the explanation in progress, because the text has changed. */
let explanation = new AbortController();
/** Data files of an imported run that the user has opened, by name. */
let dataFiles = new Map<string, Blob>();

export const service = {
  devices: (): Promise<Devices> => findDevices(),

  /** Returns the saved run, if there is one. */
  async savedRun(): Promise<SavedRun | undefined> {
    const run = await summarizeRun(runStorage).catch(() => undefined);
    return run && { ...run, missing: run.needed.filter(({ name }) => !dataFiles.has(name)) };
  },

  /** Opens the user's table, which stays in this worker. */
  openTable: (file: File): Promise<TablePreview> => table.open(file),
  tableReport: (choice: TableChoice): TableReport => table.report(choice),

  /** Returns why the current run is not saved; undefined if it is. */
  unsaved: (): UnsavedReason | undefined => runStorage.unsaved(),

  train: (request: TrainingRequest<TrainingData | OpenTableData>, emit: (event: TrainingEvent) => void) =>
    withResult(async () => {
      const { data } = request;
      await training.start({ ...request, data: "table" in data ? table.trainingData(data.table) : data }, emit);
    }),

  /** Resumes the saved run. */
  resume: (_: undefined, emit: (event: TrainingEvent) => void) => withResult(() => training.resume(dataFiles, emit)),

  /** Deletes the saved run. */
  async discard(): Promise<void> {
    await (await runStorage.open({ overwrite: true })).close();
  },

  /** Returns the saved interrupted run as the files of a directory for the command line. */
  runFiles: (): Promise<readonly PageFile[]> => collectFiles((writer) => exportRun(runStorage, writer)),

  /**
   * Opens files that the user has chosen, by path: the files of an interrupted run, or the zip file of one, which replaces the
   * saved run, and the data files of the run.
   */
  async openRun(chosen: ReadonlyMap<string, File>): Promise<SavedRun | undefined> {
    rejectWhileTraining();
    const files = await expandArchives(chosen);
    const dataCandidates = [...files].filter(([path]) => !isInCheckpoint(path));
    if (dataCandidates.length < files.size || (await summarizeRun(runStorage))?.state !== "unfinished") {
      await importRun(runStorage, pathsInRun(files));
      dataFiles = new Map();
    }
    const needed = (await summarizeRun(runStorage))?.needed ?? [];
    const found = await findDataFiles(
      needed,
      dataCandidates.map(([, file]) => file),
    );
    dataFiles = new Map([...dataFiles, ...found]);
    return service.savedRun();
  },

  pause: () => training.request("paused"),
  resumePaused: () => training.request("running"),
  stop: () => training.request("stopped"),

  /** Returns how many bytes of an encoder and the engine still have to be downloaded. */
  missingBytes: (language: EncoderLanguage): Promise<number> => missingBytes(language),

  /** Loads a model directory from files that the user has chosen, by path, or from a zip file of a model directory. */
  async load(files: ReadonlyMap<string, File>): Promise<ModelSummary> {
    rejectWhileTraining();
    return open(await openModelFiles(files), "files");
  },

  /** Loads the ready classifier of a language. */
  async loadReady(language: EncoderLanguage, emit: (loaded: Loaded) => void): Promise<ModelSummary> {
    rejectWhileTraining();
    const part = totalProgress(encoderDownloadBytes(language), emit);
    return open(() => readyClassifier(language, part()), "ready", part());
  },

  /** Trains on typed examples, and loads the result. */
  async trainOnTyped(examples: TypedExamples, emit: (loaded: Loaded) => void): Promise<ModelSummary> {
    rejectWhileTraining();
    const part = totalProgress(encoderDownloadBytes(examples.language), emit);
    const executor = await openExecutor("cpu", part());
    return open(await trainOnTyped(examples, executor, part()), "examples");
  },

  /** Returns the loaded model or, unless `onlyLoaded` is set, loads the result of the saved run. */
  async model({ onlyLoaded }: { readonly onlyLoaded: boolean }): Promise<ModelSummary | undefined> {
    if (current !== undefined || onlyLoaded) return current?.summary;
    const isFinished = await runStorage.read("run.json").catch(() => undefined);
    return isFinished && open(runStorage, "run");
  },

  /** Explains a label of a prediction. Returns undefined if a later call cancels the explanation. */
  async explain({
    label,
    ...text
  }: TextPair & { readonly label: string | undefined }): Promise<Explanation | undefined> {
    explanation.abort();
    explanation = new AbortController();
    const { signal } = explanation;
    try {
      return await loaded().explain(text.text, { pair: text.pair, label, signal });
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  },

  /** Predicts the label of a text, and cancels the explanation of an earlier text. */
  async classify(text: TextPair): Promise<Prediction> {
    explanation.abort();
    const classifier = loaded();
    return {
      labels: await classifier.classify(text),
      unknown: unknownFraction(classifier.tokenizer, `${text.text} ${text.pair ?? ""}`),
    };
  },

  /** Returns the files of the model in a format. */
  async files(format: ModelFormat): Promise<SavedFiles> {
    let notes: readonly ExportNote[] = [];
    const files = await collectFiles(async (writer) => {
      if (format === "directory") await loaded().save(writer);
      else ({ notes } = await loaded().export(writer, { dtypes: [format] }));
    });
    return { files, notes };
  },
};

export type ModelService = typeof service;

/** Trains, then replaces the current model with the trained model. */
async function withResult(train: () => Promise<void>): Promise<Evaluation | undefined> {
  rejectWhileTraining();
  await train();
  dataFiles = new Map();
  await open(runStorage, "run");
  return (await summarizeRun(runStorage))?.evaluation;
}

/** Loads a model, which replaces the current model. If this fails, the current model stays. */
async function open(
  input: ModelInput | (() => Promise<ModelDirectory>),
  origin: ModelOrigin,
  onProgress: (loaded: Loaded) => void = () => {},
): Promise<ModelSummary> {
  const executor = await openExecutor("cpu", onProgress);
  try {
    const directory = typeof input === "function" ? await input() : input;
    const classifier = await TextClassifier.load(directory, { executor });
    const { name, labels, problemType, tokenizer } = classifier;
    const previous = current;
    const summary = { name, labels, problemType, origin, language: languageOfVocabulary(tokenizer) };
    current = { classifier, executor, summary };
    await previous?.classifier.dispose();
    await previous?.executor.dispose();
    return current.summary;
  } catch (error) {
    await executor.dispose();
    throw error;
  }
}

function loaded(): TextClassifier {
  if (current !== undefined) return current.classifier;
  throw new BertieError("input/no-model", "there is no model yet. Fine-tune a model or open a model directory.");
}

function rejectWhileTraining(): void {
  if (!training.isRunning()) return;
  throw new BertieError(
    "model/in-training",
    "a model is being trained. Stop the training before you open another model or run.",
  );
}

/** Returns whether a chosen file belongs to a checkpoint. */
function isInCheckpoint(path: string): boolean {
  return /(^|\/)checkpoints\//.test(path);
}

/** Returns the files of an interrupted run by their paths within its directory, which may be nested in other folders. */
function pathsInRun(files: ReadonlyMap<string, File>): Map<string, File> {
  return new Map(
    Array.from(files, ([path, file]) => [path.replace(/^(?:.*\/)?(?=checkpoints\/step-|data\/[^/]+$)/, ""), file]),
  );
}
