import { BertieError } from "@bertie/common";
import {
  type ExampleSet,
  fileNameOf,
  getProcessor,
  type InputExample,
  type OnBadRow,
  type Processor,
  readExamples,
  resolveLabels,
  type SetName,
  type WordPieceTokenizer,
} from "@bertie/data";
import type { BertConfig, FileSource } from "@bertie/model";
import { type DataSet, featureSet, type RunData, tokenizeSet } from "./data-set.ts";

/** A file of features that were tokenized before. */
export interface FeatureFile {
  readonly fileName: string;
  read(): Promise<Uint8Array>;
}

/** Which data a run reads, and from where. */
export interface TaskDataRequest {
  /** The task: its files' layout, labels and metric. */
  readonly taskName: string | undefined;
  /** The directory with the task's files. */
  readonly directory: FileSource | undefined;
  readonly train: boolean;
  readonly evaluate: boolean;
  readonly predict: boolean;
  readonly trainFeatures?: FeatureFile | undefined;
  readonly evalFeatures?: FeatureFile | undefined;
  /** Take only the first rows of the train or of the dev set. */
  readonly maxTrainSamples?: number | undefined;
  readonly maxEvalSamples?: number | undefined;
  /** The number of labels, for features. */
  readonly numLabels?: number | undefined;
  readonly onBadRow: OnBadRow;
  readonly maxLength: number;
  readonly config: BertConfig;
  /** Called on demand: features need none. */
  readonly tokenizer: () => Promise<WordPieceTokenizer>;
}

/**
 * Reads and tokenizes the sets that a run needs, in the layouts of the 2018 script's tasks, and settles its labels.
 *
 * @throws BertieError for what is missing, short, unknown or does not fit the model
 */
export async function readTaskData(request: TaskDataRequest): Promise<RunData> {
  const { config } = request;
  const processor = request.taskName === undefined ? undefined : getProcessor(request.taskName);
  const wanted = {
    train: request.train && request.trainFeatures === undefined,
    evaluations: request.evaluate && request.evalFeatures === undefined,
    predict: request.predict,
  };
  const needsDirectory = wanted.train || wanted.evaluations || wanted.predict;
  const task = needsDirectory ? requireTask(request.directory, processor) : undefined;

  const features = await readFeatureSets(request);
  const examples = task && (await readExampleSets(task, wanted, request));
  const labels = task
    ? labelsOfTask(task.processor, request.numLabels, config, examples?.labeling)
    : labelsOfFeatures(request.numLabels, config, [features.train, features.evaluation]);
  for (const set of [features.train, features.evaluation]) if (set) checkLabels(set, labels);

  const tokenized = async (name: string, set: ExampleSet) =>
    tokenizeSet(name, set, labels, request, await request.tokenizer());
  const evaluations: DataSet[] = features.evaluation ? [features.evaluation] : [];
  for (const { name, set } of examples?.evaluations ?? []) evaluations.push(await tokenized(name, set));
  const predict = examples?.predict;
  return {
    taskName: processor?.taskName,
    pairs: processor === undefined ? areFeaturePairs(features.train ?? features.evaluation) : hasPairs(processor),
    labels,
    train: features.train ?? (examples?.train && (await tokenized("train", examples.train))),
    evaluations,
    predict: predict && (await tokenized("predict", predict)),
  };
}

/** Whether a task's examples are pairs of texts. */
export function hasPairs(processor: Processor): boolean {
  return processor.layout("train", []).textB !== undefined;
}

/** Whether any row of features has tokens of a second text. */
export function areFeaturePairs(set: DataSet | undefined): boolean {
  return set?.features.some(({ segmentIds }) => segmentIds.includes(1)) ?? false;
}

/** The sets that were tokenized before, limited to the wanted number of rows. */
async function readFeatureSets(request: TaskDataRequest) {
  const { config, maxLength, numLabels = config.labels?.length, onBadRow } = request;
  const limits = { maxSeqLength: maxLength, numLabels };
  const read = async (name: string, file: FeatureFile, most = Number.POSITIVE_INFINITY) => {
    const set = featureSet(name, { fileName: file.fileName, bytes: await file.read() }, config, limits, onBadRow);
    return { ...set, features: set.features.slice(0, most) };
  };
  const { train, trainFeatures, maxTrainSamples, evaluate, evalFeatures, maxEvalSamples } = request;
  return {
    train: train && trainFeatures !== undefined ? await read("train", trainFeatures, maxTrainSamples) : undefined,
    evaluation: evaluate && evalFeatures !== undefined ? await read("dev", evalFeatures, maxEvalSamples) : undefined,
  };
}

interface TaskFiles {
  readonly processor: Processor;
  readonly directory: FileSource;
}

function requireTask(directory: FileSource | undefined, processor: Processor | undefined): TaskFiles {
  if (directory === undefined)
    throw new BertieError("options/missing", "no data are given: add --data-dir DIR, with the task's .tsv files");
  if (processor === undefined)
    throw new BertieError("options/missing", "no task is given: add --task-name, such as news, mrpc, mnli or cola");
  return { processor, directory };
}

/** The sets that are examples, limited to the wanted number of rows, and the examples that determine the labels. */
async function readExampleSets(
  { processor, directory }: TaskFiles,
  wanted: { readonly train: boolean; readonly evaluations: boolean; readonly predict: boolean },
  { config, onBadRow, maxTrainSamples, maxEvalSamples }: TaskDataRequest,
) {
  const readIfExists = async (set: SetName): Promise<ExampleSet | undefined> => {
    const name = processor.files[set];
    const bytes = name === undefined ? undefined : await directory.read(name);
    return bytes && readExamples(processor, set, bytes, `${directory.name}/${name}`, { onBadRow });
  };
  const read = async (set: SetName): Promise<ExampleSet> => {
    const found = await readIfExists(set);
    if (found !== undefined) return found;
    const path = `${directory.name}/${fileNameOf(processor, set)}`;
    throw new BertieError("input/missing-file", `${path}: there is no such file; check the path`);
  };
  const first = (set: ExampleSet, most = Number.POSITIVE_INFINITY) => ({
    ...set,
    examples: set.examples.slice(0, most),
  });
  const labelsAreKnown = processor.labels !== undefined || config.labels !== undefined;
  const train = wanted.train ? await read("train") : labelsAreKnown ? undefined : await readIfExists("train");

  const evaluations: { name: string; set: ExampleSet }[] = [];
  if (wanted.evaluations) {
    evaluations.push({ name: "dev", set: first(await read("dev"), maxEvalSamples) });
    const mismatched = await readIfExists("dev_mismatched");
    if (mismatched) evaluations.push({ name: "dev_mismatched", set: first(mismatched, maxEvalSamples) });
  }
  return {
    train: wanted.train && train ? first(train, maxTrainSamples) : undefined,
    evaluations,
    predict: wanted.predict ? ((await readIfExists("test")) ?? (await read("dev"))) : undefined,
    /** All of the train set, however many rows of it are used: label ids do not depend on that. */
    labeling: train?.examples,
  };
}

function labelsOfTask(
  processor: Processor,
  numLabels: number | undefined,
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
  numLabels: number | undefined,
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

/** Checks that the labels' ids are below the number of labels, which is known only after all sets are read. */
function checkLabels({ name, features }: DataSet, labels: readonly string[]): void {
  const row = features.findIndex(({ labelId = 0 }) => labelId >= labels.length);
  if (row < 0) return;
  const text = `${name} features, row ${row + 1}: label_id is ${features[row]!.labelId}, but there are ${labels.length} labels: correct the row, or set --num-labels`;
  throw new BertieError("input/invalid-value", text);
}
