import { normalize } from "node:path";
import { type ModelTokenizer, type RunData, readExamplesOf, readTaskData, trainingTableOf } from "@bertie/classifier";
import { type InputReader, isDirectory } from "@bertie/classifier/node";
import { BertieError } from "@bertie/common";
import type { ModelDirectory } from "@bertie/model";
import type { RunOptions } from "../options/run-options.ts";
import { tableRequest } from "../tables/table-request.ts";
import { readsTables } from "../tables/table-run.ts";
import { readFeatureFiles } from "./feature-files.ts";

/** Data of a run, and notes on how it was read. */
interface ReadRunData {
  readonly data: RunData;
  readonly notes: readonly string[];
}

/**
 * Reads the data of a run: tables, the files of a task, or tokenized features.
 *
 * @throws BertieError "input/…" if the data cannot be read, or would make a bad classifier
 */
export async function readData(
  options: RunOptions,
  model: ModelDirectory,
  tokenizer: ModelTokenizer["get"],
  inputs: InputReader,
): Promise<ReadRunData> {
  if (readsTables(options)) return readTables(options, model, tokenizer, inputs);
  return { data: await readTask(options, model, tokenizer, inputs), notes: [] };
}

async function readTables(
  options: RunOptions,
  model: ModelDirectory,
  tokenizer: ModelTokenizer["get"],
  inputs: InputReader,
): Promise<ReadRunData> {
  const request = async (paths: readonly string[] | undefined, first: number | undefined) =>
    paths && { ...(await tableRequest(paths, options, inputs)), first };
  const { config } = model;
  return readExamplesOf(
    {
      train: options.doTrain ? await request(options.trainFile, options.maxTrainSamples) : undefined,
      evaluation: options.doEval ? await request(options.evalFile, options.maxEvalSamples) : undefined,
      newLabels: options.newLabels,
      test: options.doPredict ? await request(options.testFile, undefined) : undefined,
      ...(options.doEval && options.evalFraction !== undefined && { evalFraction: options.evalFraction }),
      ...(options.folds !== undefined && { fold: { index: (options.fold ?? 1) - 1, count: options.folds } }),
    },
    {
      maxLength: options.maxSeqLength,
      seed: options.seed,
      longText: options.longText,
      windowOverlap: options.windowOverlap,
      hasClassWeights: options.classWeights !== undefined,
      knownLabels: config.labels,
      knownProblem: config.problemType,
      trainingTable: trainingTableOf(model),
    },
    tokenizer,
  );
}

async function readTask(
  options: RunOptions,
  model: ModelDirectory,
  tokenizer: ModelTokenizer["get"],
  inputs: InputReader,
) {
  const { dataDir, trainFeatures, evalFeatures } = options;
  const taskName = options.taskName ?? model.trained.taskName;
  const features = (path: string | undefined) => path && { fileName: path, read: () => readFeatureFiles(path, inputs) };
  if (dataDir !== undefined && !(await isDirectory(dataDir))) {
    const text = `${dataDir}: the directory does not exist. --data-dir expects a directory with the .tsv files of ${taskName ?? "a task"}.`;
    throw new BertieError("input/missing-file", text);
  }
  return readTaskData({
    ...options,
    taskName,
    directory: dataDir === undefined ? undefined : inputs.directory(normalize(dataDir)),
    train: options.doTrain,
    evaluate: options.doEval,
    predict: options.doPredict,
    trainFeatures: features(trainFeatures) || undefined,
    evalFeatures: features(evalFeatures) || undefined,
    files: { encoding: options.encoding, table: taskTable(options) },
    maxLength: options.maxSeqLength,
    hasClassWeights: options.classWeights !== undefined,
    config: model.config,
    tokenizer,
  });
}

/** Returns the header, the columns and the delimiter that the options set. */
function taskTable(options: RunOptions) {
  const { header, textColumn, pairColumn, labelColumn, idColumn, groupColumn, delimiter } = options;
  return {
    header,
    text: textColumn,
    pair: pairColumn,
    label: labelColumn?.[0],
    id: idColumn,
    group: groupColumn,
    delimiter,
  };
}
