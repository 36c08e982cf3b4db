import { BertieError } from "@bertie/common";
import {
  type ExampleSet,
  getProcessor,
  type InputExample,
  type Processor,
  resolveLabels,
  type SetName,
  type WordPieceTokenizer,
} from "@bertie/data";
import type { BertConfig, TrainingFacts } from "@bertie/model";
import { type InputReader, isDirectory, readStdin } from "../files.ts";
import type { RunOptions } from "../options/run-options.ts";
import { type DataSet, examplesOfLines, hasSet, readFeatureSet, readSet, tokenizeSet } from "./data-set.ts";

/** All that a run reads besides the model. */
export interface RunData {
  readonly processor: Processor | undefined;
  /** Whether the model classifies pairs of texts. */
  readonly pairs: boolean;
  /** In the order of their ids. */
  readonly labels: readonly string[];
  readonly train: DataSet | undefined;
  /** The dev set; for mnli, the mismatched one too if it is there. */
  readonly evaluations: readonly DataSet[];
  readonly predict: DataSet | undefined;
}

export interface DataRequest {
  readonly options: RunOptions;
  readonly config: BertConfig;
  /** What the model was trained on. */
  readonly trained: Pick<TrainingFacts, "taskName" | "pairs">;
  /** Made on demand: features need none. */
  readonly tokenizer: () => Promise<WordPieceTokenizer>;
  /** A file of lines to classify, "-" for stdin, in place of the test set. */
  readonly linesFile: string | undefined;
}

/**
 * Reads and tokenizes the sets that a run needs, and settles its labels.
 *
 * @throws BertieError for what is missing, short, unknown or not of the model's size
 */
export async function loadData(request: DataRequest, inputs: InputReader): Promise<RunData> {
  const { options, config, trained, linesFile } = request;
  const taskName = options.taskName ?? trained.taskName;
  const processor = taskName === undefined ? undefined : getProcessor(taskName);
  const wanted = {
    train: options.doTrain && options.trainFeatures === undefined,
    evaluations: options.doEval && options.evalFeatures === undefined,
    predict: options.doPredict && linesFile === undefined,
  };
  const needsDirectory = wanted.train || wanted.evaluations || wanted.predict;
  const directory = needsDirectory ? await requireDirectory(options, processor) : undefined;

  const features = await readFeatureSets(options, config, inputs);
  const examples = directory && (await readExampleSets(directory, wanted, request, inputs));
  const labels = examples
    ? labelsOfTask(directory!.processor, options, config, examples.labeling)
    : labelsOfFeatures(options, config, [features.train, features.evaluation]);
  for (const set of [features.train, features.evaluation]) if (set) checkLabels(set, labels);
  const pairsOfModel = options.taskName === undefined ? trained.pairs : undefined; // a given task comes first
  const pairs = pairsOfModel ?? (processor ? isPairTask(processor) : havePairs([features.train, features.evaluation]));
  const lines = linesFile === undefined ? undefined : await readLinesFile(linesFile, pairs, inputs);

  const tokenized = async (name: string, set: ExampleSet) =>
    tokenizeSet(name, set, labels, options, await request.tokenizer());
  const evaluations: DataSet[] = features.evaluation ? [features.evaluation] : [];
  for (const { name, set } of examples?.evaluations ?? []) evaluations.push(await tokenized(name, set));
  const predict = lines ?? examples?.predict;
  return {
    processor,
    pairs,
    labels,
    train: features.train ?? (examples?.train && (await tokenized("train", examples.train))),
    evaluations,
    predict: predict && (await tokenized("predict", predict)),
  };
}

/** The sets that come tokenized, cut to the wanted number of rows. */
async function readFeatureSets(options: RunOptions, config: BertConfig, inputs: InputReader) {
  const limits = { maxSeqLength: options.maxSeqLength, numLabels: options.numLabels ?? config.labels?.length };
  const read = async (name: string, path: string, most = Number.POSITIVE_INFINITY) => {
    const set = await readFeatureSet(name, path, config, limits, options.onBadRow, inputs);
    return { ...set, features: set.features.slice(0, most) };
  };
  const { doTrain, trainFeatures, maxTrainSamples, doEval, evalFeatures, maxEvalSamples } = options;
  return {
    train: doTrain && trainFeatures !== undefined ? await read("train", trainFeatures, maxTrainSamples) : undefined,
    evaluation: doEval && evalFeatures !== undefined ? await read("dev", evalFeatures, maxEvalSamples) : undefined,
  };
}

interface TaskDirectory {
  readonly processor: Processor;
  readonly dataDir: string;
}

async function requireDirectory(
  { dataDir, taskName }: RunOptions,
  processor: Processor | undefined,
): Promise<TaskDirectory> {
  if (dataDir === undefined)
    throw new BertieError("options/missing", "no data are given: add --data-dir DIR, with the task's .tsv files");
  if (processor === undefined)
    throw new BertieError("options/missing", "no task is given: add --task-name, such as news, mrpc, mnli or cola");
  if (await isDirectory(dataDir)) return { processor, dataDir };
  const text = `${dataDir}: there is no such directory; --data-dir takes one with the .tsv files of ${taskName ?? processor.taskName}`;
  throw new BertieError("input/missing-file", text);
}

/** The sets that come as examples, cut to the wanted number of rows, and the examples that tell the labels. */
async function readExampleSets(
  { processor, dataDir }: TaskDirectory,
  wanted: { readonly train: boolean; readonly evaluations: boolean; readonly predict: boolean },
  { options, config }: DataRequest,
  inputs: InputReader,
) {
  const isThere = (set: SetName) => hasSet(processor, set, dataDir);
  const read = async (set: SetName, most = Number.POSITIVE_INFINITY): Promise<ExampleSet> => {
    const all = await readSet(processor, set, dataDir, options.onBadRow, inputs);
    return { ...all, examples: all.examples.slice(0, most) };
  };
  const labelsAreKnown = processor.labels !== undefined || config.labels !== undefined;
  const mustRead = wanted.train || (!labelsAreKnown && (await isThere("train")));
  const train = mustRead ? await read("train") : undefined;

  const evaluations: { name: string; set: ExampleSet }[] = [];
  for (const name of wanted.evaluations ? (["dev", "dev_mismatched"] as const) : [])
    if (name === "dev" || (await isThere(name)))
      evaluations.push({ name, set: await read(name, options.maxEvalSamples) });
  return {
    train: wanted.train && train ? { ...train, examples: train.examples.slice(0, options.maxTrainSamples) } : undefined,
    evaluations,
    predict: wanted.predict ? await read((await isThere("test")) ? "test" : "dev") : undefined,
    /** All of the train set, however many rows of it are used, so that ids do not hang on that. */
    labeling: train?.examples,
  };
}

function labelsOfTask(
  processor: Processor,
  { numLabels }: RunOptions,
  config: BertConfig,
  trainExamples: readonly InputExample[] | undefined,
): readonly string[] {
  const labels = resolveLabels(processor, { modelLabels: config.labels, trainExamples });
  if (numLabels === undefined || numLabels === labels.length) return labels;
  const text = `--num-labels is ${numLabels}, but task ${processor.taskName} has ${labels.length} labels: leave it out`;
  throw new BertieError("options/num-labels", text);
}

/** Labels of features are numbers: as many as asked for, or as the model has, or as the rows show. */
function labelsOfFeatures(
  { numLabels }: RunOptions,
  config: BertConfig,
  sets: readonly (DataSet | undefined)[],
): readonly string[] {
  const known = config.labels;
  if (known !== undefined && (numLabels === undefined || numLabels === known.length)) return known;
  const ids = sets.flatMap((set) => set?.features.map(({ labelId = 0 }) => labelId) ?? []);
  if (numLabels === undefined && ids.length === 0) {
    const text = "the labels are unknown: give a model directory whose config.json names them in id2label";
    throw new BertieError("input/no-labels", text);
  }
  const count = numLabels ?? ids.reduce((most, id) => Math.max(most, id + 1), 2);
  return Array.from({ length: count }, (_, id) => `LABEL_${id}`);
}

/** That the labels' ids are below the number of labels, which is known only after all sets are read. */
function checkLabels({ name, features }: DataSet, labels: readonly string[]): void {
  const row = features.findIndex(({ labelId = 0 }) => labelId >= labels.length);
  if (row < 0) return;
  const text = `${name} features, row ${row + 1}: label_id is ${features[row]!.labelId}, but there are ${labels.length} labels: correct the row, or give --num-labels`;
  throw new BertieError("input/invalid-value", text);
}

function isPairTask(processor: Processor): boolean {
  return processor.layout("train", []).textB !== undefined;
}

/** Whether sets that come tokenized have second texts. */
function havePairs(sets: readonly (DataSet | undefined)[]): boolean {
  return sets.some((set) => set?.features.some(({ segmentIds }) => segmentIds.includes(1)));
}

async function readLinesFile(path: string, pairs: boolean, inputs: InputReader): Promise<ExampleSet> {
  const bytes = path === "-" ? await readStdin() : await inputs.read(path);
  return examplesOfLines(bytes, path === "-" ? "stdin" : path, pairs);
}
