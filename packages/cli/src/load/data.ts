import { join } from "node:path";
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
import type { BertConfig } from "@bertie/model";
import { type InputReader, isDirectory, isFile, readStdin } from "../files.ts";
import type { RunOptions } from "../options/run-options.ts";
import { type DataSet, examplesOfLines, predictionSet, readFeatureSet, readSet, tokenizeSet } from "./data-set.ts";

/** All that a run reads besides the model. */
export interface RunData {
  readonly processor: Processor | undefined;
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
  /** The task that the model was trained for, if known. */
  readonly modelTask: string | undefined;
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
  const { options, config, linesFile } = request;
  const usesDir =
    (options.doTrain && options.trainFeatures === undefined) ||
    (options.doEval && options.evalFeatures === undefined) ||
    (options.doPredict && linesFile === undefined);
  const taskName = options.taskName ?? request.modelTask;
  const processor = taskName === undefined ? undefined : getProcessor(taskName);
  const directory = usesDir ? await requireDirectory(options, processor) : undefined;

  const limits = { maxSeqLength: options.maxSeqLength, numLabels: options.numLabels ?? config.labels?.length };
  const features = async (name: string, path: string | undefined, most: number | undefined) =>
    path === undefined ? undefined : first(await readFeatureSet(name, path, config, limits, inputs), most);
  const trainFeatures = options.doTrain
    ? await features("train", options.trainFeatures, options.maxTrainSamples)
    : undefined;
  const evalFeatures = options.doEval ? await features("dev", options.evalFeatures, options.maxEvalSamples) : undefined;

  const examples = directory && (await readExampleSets(directory, request, inputs));
  const labels = examples
    ? labelsOfTask(directory!.processor, options, config, examples.labeling)
    : labelsOfFeatures(options, config, [trainFeatures, evalFeatures]);
  const lines = linesFile === undefined ? undefined : await readLinesFile(linesFile, processor, inputs);

  const tokenized = async (name: string, set: ExampleSet) =>
    tokenizeSet(name, set, labels, options.maxSeqLength, await request.tokenizer());
  const evaluations = evalFeatures ? [evalFeatures] : [];
  for (const { name, set } of examples?.evaluations ?? []) evaluations.push(await tokenized(name, set));
  const predictSet = lines ?? examples?.predict;
  return {
    processor,
    labels,
    train: trainFeatures ?? (examples?.train && (await tokenized("train", examples.train))),
    evaluations,
    predict: predictSet && (await tokenized("predict", predictSet)),
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

/** The sets that are asked for, cut to the wanted number of rows, and the examples that tell the labels. */
async function readExampleSets(
  { processor, dataDir }: TaskDirectory,
  { options, config, linesFile }: DataRequest,
  inputs: InputReader,
) {
  const read = (set: SetName) => readSet(processor, set, dataDir, inputs);
  const train = options.doTrain && options.trainFeatures === undefined ? await read("train") : undefined;
  const evaluations: { name: string; set: ExampleSet }[] = [];
  if (options.doEval && options.evalFeatures === undefined) {
    evaluations.push({ name: "dev", set: firstExamples(await read("dev"), options.maxEvalSamples) });
    const mismatched = processor.files.dev_mismatched;
    if (mismatched !== undefined && (await isFile(join(dataDir, mismatched))))
      evaluations.push({
        name: "dev_mismatched",
        set: firstExamples(await read("dev_mismatched"), options.maxEvalSamples),
      });
  }
  const predict =
    options.doPredict && linesFile === undefined ? await read(await predictionSet(processor, dataDir)) : undefined;

  const mustLearnLabels = train === undefined && processor.labels === undefined && config.labels === undefined;
  const hasTrainFile = mustLearnLabels && (await isFile(join(dataDir, processor.files.train ?? "")));
  const labeling = train ?? (hasTrainFile ? await read("train") : undefined);
  return {
    train: train && firstExamples(train, options.maxTrainSamples),
    evaluations,
    predict,
    /** All of the train set, however many rows of it are used, so that ids do not hang on that. */
    labeling: labeling?.examples,
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

async function readLinesFile(path: string, processor: Processor | undefined, inputs: InputReader): Promise<ExampleSet> {
  const bytes = path === "-" ? await readStdin() : await inputs.read(path);
  const pairs = processor?.layout("train", []).textB !== undefined;
  return examplesOfLines(bytes, path === "-" ? "stdin" : path, pairs);
}

function first(set: DataSet, most: number | undefined): DataSet {
  return most === undefined ? set : { ...set, features: set.features.slice(0, most) };
}

function firstExamples(set: ExampleSet, most: number | undefined): ExampleSet {
  return most === undefined ? set : { ...set, examples: set.examples.slice(0, most) };
}
