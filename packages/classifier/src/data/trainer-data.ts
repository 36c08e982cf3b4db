import { BertieError } from "@bertie/common";
import { getProcessor, type OnBadRow } from "@bertie/data";
import { type ModelDirectory, problemTypeOf } from "@bertie/model";
import { baseName, type OptionRecord } from "../checkpoint/resume-compatibility.ts";
import { filesInMemory } from "../model-input.ts";
import type { ModelTokenizer } from "../model-tokenizer.ts";
import { optionsOf } from "../run/options.ts";
import { DATA, type InputFile, type Workspace } from "../storage/storage.ts";
import type { RunData } from "./data-set.ts";
import type { ReadData } from "./example-data.ts";
import { describeInput, recordReads } from "./recorded-source.ts";
import { encodeSets, readSavedFeatures, type SavedSet } from "./saved-features.ts";
import { areFeaturePairs, type FeatureFile, readTaskData } from "./task-data.ts";

/** Options in a run's record that determine the data. */
interface RecordedData {
  readonly taskName?: string;
  readonly doTrain?: boolean;
  readonly doEval?: boolean;
  readonly doPredict?: boolean;
  readonly trainFeatures?: string;
  readonly evalFeatures?: string;
  readonly maxTrainSamples?: number;
  readonly maxEvalSamples?: number;
  readonly numLabels?: number;
  readonly newLabels?: boolean;
  readonly onBadRow?: OnBadRow;
}

/**
 * Reads the data of a run of the command line according to its recorded options.
 *
 * @param files data files by name
 * @throws BertieError "input/missing-file" if a data file is missing, and the errors of {@link readTaskData}
 */
export async function readDataFiles(
  files: ReadonlyMap<string, Blob>,
  model: ModelDirectory,
  record: OptionRecord,
  tokenizer: ModelTokenizer,
): Promise<ReadData> {
  const { doTrain, doEval, doPredict, trainFeatures, evalFeatures, ...recorded } = record as RecordedData;
  const directory = recordReads(filesInMemory("data", files));
  const features = (path: string | undefined): FeatureFile | undefined => {
    if (path === undefined) return undefined;
    const fileName = baseName(path);
    const read = async () => {
      const bytes = await directory.source.read(fileName);
      if (bytes !== undefined) return [{ name: fileName, bytes }];
      throw new BertieError("input/missing-file", `${fileName}: no such file. Add the file to dataFiles.`);
    };
    return { fileName, read };
  };
  const data = await readTaskData({
    ...recorded,
    taskName: recorded.taskName,
    directory: directory.source,
    train: doTrain === true,
    evaluate: doEval === true,
    predict: doPredict === true,
    trainFeatures: features(trainFeatures),
    evalFeatures: features(evalFeatures),
    onBadRow: recorded.onBadRow ?? "fail",
    maxLength: optionsOf(record).maxLength,
    config: model.config,
    tokenizer: tokenizer.get,
  });
  return { data, files: directory.files(), notes: [] };
}

/** Returns whether a run has saved its data in its workspace. */
export function hasSavedData({ trainFeatures }: OptionRecord): boolean {
  return typeof trainFeatures === "string" && trainFeatures.startsWith(`${DATA}/`);
}

/** Data that a run saves in its workspace. */
export interface SavedData {
  readonly sets: readonly SavedSet[];
  readonly files: readonly InputFile[];
  /** Options of the run, with the saved files as the source of the data. */
  readonly record: OptionRecord;
}

/**
 * Encodes the data of a run as files in its workspace. Only a training set and one evaluation set can be saved.
 *
 * @returns undefined if the run has other sets
 */
export async function encodeData(data: RunData, record: OptionRecord): Promise<SavedData | undefined> {
  if (data.train === undefined || data.evaluations.length > 1 || data.predict !== undefined) return undefined;
  const sets = encodeSets([data.train, ...data.evaluations], data.problemType);
  const pathOf = (name: string) => sets.find(({ set }) => set.name === name)?.path;
  const paths = { trainFeatures: pathOf("train"), evalFeatures: pathOf("dev"), numLabels: data.labels.length };
  const { dataDir, maxTrainSamples, maxEvalSamples, ...rest } = record;
  return {
    sets,
    files: await Promise.all(sets.map(({ path, contents }) => describeInput(path, contents))),
    record: { ...rest, ...paths },
  };
}

/**
 * Reads the data that a run has saved in its workspace.
 *
 * @throws BertieError "options/missing" if there is no saved training set
 */
export async function readSavedData(
  workspace: Workspace,
  model: ModelDirectory,
  record: OptionRecord,
): Promise<ReadData> {
  const labels = model.config.labels ?? [];
  const problemType = problemTypeOf(model.config, labels.length);
  const limits = { maxSeqLength: optionsOf(record).maxLength, numLabels: labels.length, problemType };
  const read = (path: unknown, name: string) => readSavedFeatures(workspace, path, name, model.config, limits);
  const train = await read(record.trainFeatures, "train");
  const evaluation = await read(record.evalFeatures, "dev");
  if (train === undefined) {
    const text = `${workspace.name}: the storage holds no training data of an interrupted run. Set the train option.`;
    throw new BertieError("options/missing", text);
  }
  const { taskName } = record as RecordedData;
  const saved = [train, ...(evaluation ? [evaluation] : [])];
  return {
    data: {
      taskName: taskName === undefined ? undefined : getProcessor(taskName).taskName,
      pairs: areFeaturePairs(train.set),
      problemType,
      labels,
      train: train.set,
      evaluations: evaluation ? [evaluation.set] : [],
      predict: undefined,
    },
    files: await Promise.all(saved.map(({ path, contents }) => describeInput(path, contents))),
    notes: [],
  };
}
