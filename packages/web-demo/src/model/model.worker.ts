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
import { createTraining, runStorage, type TrainingEvent, type TrainingRequest } from "../fine-tune/training.ts";
import { serve } from "../workers/serve.ts";
import { collectFiles, type PageFile } from "./collect-files.ts";
import { type Devices, findDevices, openExecutor } from "./devices.ts";

export interface TextPair {
  readonly text: string;
  readonly pair: string | undefined;
}

export interface ModelSummary {
  readonly name: string;
  /** In the order of their ids. */
  readonly labels: readonly string[];
  /** Whether it was trained here. */
  readonly trained: boolean;
}

/** The run that this page keeps, with the data files that are still missing. */
export type KeptRun = RunSummary & { readonly missing: readonly DataFile[] };

const training = createTraining();
let current:
  | { readonly classifier: TextClassifier; readonly executor: Executor; readonly trained: boolean }
  | undefined;
/** The data files of an imported run that the user has given, by their names. */
let dataFiles = new Map<string, Blob>();

const service = {
  devices: (): Promise<Devices> => findDevices(),

  /** The run that is kept from an earlier visit. */
  async kept(): Promise<KeptRun | undefined> {
    const run = await summarizeRun(runStorage).catch(() => undefined);
    return run && { ...run, missing: run.needed.filter(({ name }) => !dataFiles.has(name)) };
  },

  train: (request: TrainingRequest, emit: (event: TrainingEvent) => void) =>
    withResult(() => training.start(request, emit)),

  /** Continues the run that is kept. */
  resume: (_: undefined, emit: (event: TrainingEvent) => void) => withResult(() => training.resume(dataFiles, emit)),

  /** Removes the interrupted run that is kept. */
  async discard(): Promise<void> {
    await (await runStorage.open({ overwrite: true })).close();
  },

  /** The interrupted run that is kept, as the files of a directory of the command line. */
  runFiles: (): Promise<readonly PageFile[]> => collectFiles((writer) => exportRun(runStorage, writer)),

  /**
   * Takes files that the user has chosen, by their paths: those of an interrupted run, which replaces the one that is kept,
   * and its data files.
   */
  async openRun(files: ReadonlyMap<string, File>): Promise<KeptRun | undefined> {
    refuseWhileTraining();
    const others = [...files].filter(([path]) => !isOfCheckpoint(path));
    if (others.length < files.size || (await summarizeRun(runStorage))?.state !== "unfinished") {
      await importRun(runStorage, pathsInRun(files));
      dataFiles = new Map();
    }
    const needed = (await summarizeRun(runStorage))?.needed ?? [];
    const found = await findDataFiles(
      needed,
      others.map(([, file]) => file),
    );
    dataFiles = new Map([...dataFiles, ...found]);
    return service.kept();
  },

  pause: () => training.ask("pause"),
  go: () => training.ask("go"),
  stop: () => training.ask("stop"),

  /** Loads the model directory whose files the user has chosen. */
  load(files: readonly File[]): Promise<ModelSummary> {
    refuseWhileTraining();
    return open(files, false);
  },

  /** The current model: the one that is loaded, or the result of the run that is kept. */
  async model(): Promise<ModelSummary | undefined> {
    if (current !== undefined) return summary();
    const isFinished = await runStorage.read("run.json").catch(() => undefined);
    return isFinished && open(runStorage, true);
  },

  explain({ label, ...text }: TextPair & { readonly label: string | undefined }): Promise<Explanation> {
    return loaded().explain(text.text, { pair: text.pair, label });
  },

  classify: (text: TextPair): Promise<LabelScore[]> => loaded().classify(text),

  /** The model as the files of a directory. */
  files: (): Promise<readonly PageFile[]> => collectFiles((writer) => loaded().save(writer)),
};

export type ModelService = typeof service;

serve(service);

/** Trains, then replaces the current model with the trained one. */
async function withResult(train: () => Promise<void>): Promise<Evaluation | undefined> {
  refuseWhileTraining();
  await train();
  dataFiles = new Map();
  await open(runStorage, true);
  return (await summarizeRun(runStorage))?.evaluation;
}

async function open(input: ModelInput, trained: boolean): Promise<ModelSummary> {
  const executor = await openExecutor("cpu", () => {});
  try {
    const classifier = await TextClassifier.load(input, { executor });
    const before = current;
    current = { classifier, executor, trained };
    await before?.classifier.dispose();
    await before?.executor.dispose();
  } catch (error) {
    await executor.dispose();
    throw error;
  }
  return summary();
}

function loaded(): TextClassifier {
  if (current !== undefined) return current.classifier;
  throw new BertieError("input/no-model", "there is no model yet: fine-tune or load one");
}

function summary(): ModelSummary {
  const { classifier, trained } = current!;
  return { name: classifier.name, labels: classifier.labels, trained };
}

function refuseWhileTraining(): void {
  if (!training.isRunning()) return;
  throw new BertieError("model/in-training", "a model is being trained: stop the training before you load another");
}

/** Whether a chosen file is one of a checkpoint. */
function isOfCheckpoint(path: string): boolean {
  return /(^|\/)checkpoints\//.test(path);
}

/** The files of an interrupted run by their paths in its directory, which may be in others. */
function pathsInRun(files: ReadonlyMap<string, File>): Map<string, File> {
  return new Map(
    Array.from(files, ([path, file]) => [path.replace(/^(?:.*\/)?(?=checkpoints\/step-|data\/[^/]+$)/, ""), file]),
  );
}
