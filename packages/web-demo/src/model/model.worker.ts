import {
  type DataFile,
  type Evaluation,
  type Explanation,
  exportRun,
  findDataFiles,
  importRun,
  type LabelScore,
  type ModelInput,
  type RunSummary,
  summarizeRun,
  TextClassifier,
} from "@bertie/classifier";
import { BertieError } from "@bertie/common";
import type { Executor } from "@bertie/engine";
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
import { serve } from "../workers/serve.ts";
import { collectFiles, type PageFile } from "./collect-files.ts";
import { type Devices, findDevices, openExecutor } from "./devices.ts";

export interface TextPair {
  readonly text: string;
  readonly pair: string | undefined;
}

export interface ModelSummary {
  readonly name: string;
  /** Labels in the order of their ids. */
  readonly labels: readonly string[];
  /** Whether the model was trained in this page. */
  readonly trained: boolean;
}

/** Run in the storage of this page, with the data files that are still missing. */
export type SavedRun = RunSummary & { readonly missing: readonly DataFile[] };

const training = createTraining();
const table = createTableData();
let current:
  | { readonly classifier: TextClassifier; readonly executor: Executor; readonly trained: boolean }
  | undefined;
/** Data files of an imported run that the user has opened, by name. */
let dataFiles = new Map<string, Blob>();

const service = {
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
   * Opens files that the user has chosen, by path: the files of an interrupted run, which replaces the saved run, and the data
   * files of the run.
   */
  async openRun(files: ReadonlyMap<string, File>): Promise<SavedRun | undefined> {
    rejectWhileTraining();
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

  /** Loads a model directory from the files that the user has chosen. */
  load(files: readonly File[]): Promise<ModelSummary> {
    rejectWhileTraining();
    return open(files, false);
  },

  /** Returns the loaded model, or loads the result of the saved run. */
  async model(): Promise<ModelSummary | undefined> {
    if (current !== undefined) return summary();
    const isFinished = await runStorage.read("run.json").catch(() => undefined);
    return isFinished && open(runStorage, true);
  },

  explain({ label, ...text }: TextPair & { readonly label: string | undefined }): Promise<Explanation> {
    return loaded().explain(text.text, { pair: text.pair, label });
  },

  classify: (text: TextPair): Promise<LabelScore[]> => loaded().classify(text),

  /** Returns the model as the files of a model directory. */
  files: (): Promise<readonly PageFile[]> => collectFiles((writer) => loaded().save(writer)),
};

export type ModelService = typeof service;

serve(service);

/** Trains, then replaces the current model with the trained model. */
async function withResult(train: () => Promise<void>): Promise<Evaluation | undefined> {
  rejectWhileTraining();
  await train();
  dataFiles = new Map();
  await open(runStorage, true);
  return (await summarizeRun(runStorage))?.evaluation;
}

async function open(input: ModelInput, trained: boolean): Promise<ModelSummary> {
  const executor = await openExecutor("cpu", () => {});
  try {
    const classifier = await TextClassifier.load(input, { executor });
    const previous = current;
    current = { classifier, executor, trained };
    await previous?.classifier.dispose();
    await previous?.executor.dispose();
  } catch (error) {
    await executor.dispose();
    throw error;
  }
  return summary();
}

function loaded(): TextClassifier {
  if (current !== undefined) return current.classifier;
  throw new BertieError("input/no-model", "there is no model yet. Fine-tune a model or open a model directory.");
}

function summary(): ModelSummary {
  const { classifier, trained } = current!;
  return { name: classifier.name, labels: classifier.labels, trained };
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
