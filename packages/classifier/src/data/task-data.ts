import { BertieError, type NamedBytes, type ProblemType } from "@bertie/common";
import {
  type ExampleSet,
  getProcessor,
  type InputExample,
  type LongText,
  type OnBadRow,
  type Processor,
  quoteLabel,
  resolveLabels,
  type SetName,
  type SplitRecord,
  splitExamples,
  taskNames,
  type WordPieceTokenizer,
} from "@bertie/data";
import type { BertConfig, FileSource } from "@bertie/model";
import { type CheckedData, checkSets, factsOf, type SetToCheck } from "./check-sets.ts";
import { type DataSet, featureSet, type RunData, tokenizeSet } from "./data-set.ts";
import { regressionLabels } from "./problem-types.ts";
import {
  type ReadTaskSet,
  readTaskSet,
  requireSameHeader,
  requireTaskSet,
  type TaskFileSettings,
  type TaskFiles,
} from "./task-files.ts";

/** File of tokenized features, or directory of such files. */
export interface FeatureFile {
  readonly fileName: string;
  /** Reads the file, or the files of the directory, in order. */
  read(): Promise<readonly NamedBytes[]>;
}

/** Options of {@link readTaskData}. */
export interface TaskDataRequest {
  /** Name of the task, which determines the file layout, the labels and the metric. */
  readonly taskName: string | undefined;
  /** Directory with the files of the task. */
  readonly directory: FileSource | undefined;
  /** Whether to read the training set. */
  readonly train: boolean;
  /** Whether to read the evaluation sets. */
  readonly evaluate: boolean;
  /** Whether to read the test set. */
  readonly predict: boolean;
  /** Tokenized features to use as the training set. */
  readonly trainFeatures?: FeatureFile | undefined;
  /** Tokenized features to use as the evaluation set. */
  readonly evalFeatures?: FeatureFile | undefined;
  /** Maximum number of rows of the training set. @default all rows */
  readonly maxTrainSamples?: number | undefined;
  /** Maximum number of rows of each evaluation set. @default all rows */
  readonly maxEvalSamples?: number | undefined;
  /** Number of labels, for tokenized features. @default as in the model, otherwise counted in the rows */
  readonly numLabels?: number | undefined;
  /** Whether the labels of the model are ignored, to train a new classifier. @default false */
  readonly newLabels?: boolean | undefined;
  /** Whether an invalid row is an error ("fail") or is skipped ("skip"). */
  readonly onBadRow: OnBadRow;
  /** Encoding, header and columns of the files of the task. */
  readonly files?: Omit<TaskFileSettings, "onBadRow"> | undefined;
  /** Fraction of the training examples to hold out for evaluation, instead of the evaluation sets. @default none */
  readonly evalFraction?: number | undefined;
  /** Random seed of the split. @default 42 */
  readonly seed?: number | undefined;
  /** Maximum length of a text in tokens, including [CLS] and [SEP]. */
  readonly maxLength: number;
  /** Handling of longer texts. @default "truncate" */
  readonly longText?: LongText | undefined;
  /** With "windows": number of tokens that consecutive windows share. */
  readonly windowOverlap?: number | undefined;
  /** Whether class weights are set. */
  readonly hasClassWeights?: boolean | undefined;
  /** Configuration of the model. */
  readonly config: BertConfig;
  /** Returns the tokenizer. Not called for tokenized features. */
  readonly tokenizer: () => Promise<WordPieceTokenizer>;
}

/**
 * Reads and tokenizes the sets of a run in the file layouts of the 2018 script's tasks, and determines the labels.
 *
 * @throws BertieError "options/missing" if the task or the data directory is required, "options/num-labels" if the
 *   number of labels differs from the task's, "config/unknown-task" if the task is unknown, "input/missing-file" if a
 *   file is missing, "input/no-labels" if the labels cannot be determined, other "input/…" codes if a file is malformed
 *   or does not fit the model
 *
 * @example
 * ```ts
 * import { createTokenizer, readTaskData } from "@bertie/classifier";
 * import { bertConfigFromJson } from "@bertie/model";
 *
 * const encode = (text: string) => new TextEncoder().encode(text);
 * const tokenizer = await createTokenizer(encode("[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\nbad\n"), "vocab.txt", true);
 * const sizes = { hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 16 };
 * const data = await readTaskData({
 *   ...{ taskName: "news", train: true, evaluate: false, predict: false },
 *   directory: { name: "data", read: async (file) => (file === "train.tsv" ? encode("pos\tgood\nneg\tbad\n") : undefined) },
 *   ...{ onBadRow: "fail", maxLength: 16, tokenizer: async () => tokenizer },
 *   config: bertConfigFromJson(JSON.stringify({ ...sizes, vocab_size: 6, max_position_embeddings: 16 }), "config.json"),
 * });
 * console.log(data.labels, data.train?.features.length); // [ "neg", "pos" ] 2
 * ```
 */
export async function readTaskData(request: TaskDataRequest): Promise<RunData> {
  const processor = request.taskName === undefined ? undefined : getProcessor(request.taskName);
  const requiredSets = {
    train: request.train && request.trainFeatures === undefined,
    evaluations: request.evaluate && request.evalFeatures === undefined,
    predict: request.predict,
  };
  const needsDirectory = requiredSets.train || requiredSets.evaluations || requiredSets.predict;
  const task = needsDirectory ? requireTask(request.directory, processor) : undefined;

  const features = await readFeatureSets(request);
  const examples = task && (await readTaskSets(task, requiredSets, request));
  const labels = task
    ? labelsOfTask(task.processor, request, examples?.labeling)
    : labelsOfFeatures(request, [features.train, features.evaluation]);
  for (const set of [features.train, features.evaluation]) if (set) checkLabels(set, labels);

  const checked = examples && (await checkTask(examples, request));
  const tokenized = async (name: string, set: ReadTaskSet) => {
    const read = tokenizeSet(name, set, labels, request, await request.tokenizer());
    return { ...read, notes: [...set.notes, ...read.notes] };
  };
  const hasLabels = examples?.train !== undefined || (examples?.evaluations.length ?? 0) > 0;
  const problemType =
    (features.train ?? features.evaluation)?.problemType ??
    (processor?.problemType === "regression" ? "regression" : hasLabels ? undefined : request.config.problemType);
  const evaluations: DataSet[] = features.evaluation ? [features.evaluation] : [];
  for (const { name, set } of examples?.evaluations ?? []) evaluations.push(await tokenized(name, set));
  const testSet = async ({ name, set, setName }: TestSet): Promise<DataSet> => {
    const { submission, notes } = submissionOf(task!.processor, setName, set, labels);
    const read = await tokenized(name, withKnownLabels(set, labels));
    return { ...read, ...(submission && { submission }), notes: [...read.notes, ...notes] };
  };
  const otherPredictions: DataSet[] = [];
  for (const other of examples?.otherTests ?? []) otherPredictions.push(await testSet(other));
  return {
    taskName: processor?.taskName,
    pairs: processor === undefined ? areFeaturePairs(features.train ?? features.evaluation) : hasPairs(processor),
    ...(problemType && { problemType }),
    labels,
    train: features.train ?? (examples?.train && (await tokenized("train", examples.train))),
    evaluations,
    predict: examples?.predict && (await testSet(examples.predict)),
    ...(otherPredictions.length > 0 && { otherPredictions }),
    ...(checked && { checked }),
    ...(examples?.split && { split: examples.split }),
  };
}

/** Checks the sets of a task. */
async function checkTask(
  { allTrain, evaluations, predict }: TaskSets,
  { onBadRow, config, maxLength, longText, hasClassWeights, files, tokenizer, taskName }: TaskDataRequest,
): Promise<CheckedData> {
  const processor = getProcessor(taskName!);
  const toCheck = (set: SetToCheck["set"], read: ExampleSet | undefined): SetToCheck[] =>
    read === undefined ? [] : [{ set, examples: read.examples, files: [factsOf(read)] }];
  const sets = [
    ...toCheck("train", allTrain),
    ...evaluations.flatMap(({ set }) => toCheck("dev", set)),
    ...toCheck("test", predict?.set === evaluations[0]?.set ? undefined : predict?.set),
  ];
  return checkSets(sets, {
    problemType: processor.problemType,
    maxLength,
    tokenizer: await tokenizer(),
    context: {
      header: processor.taskName === "news" ? files?.table?.header : true,
      knownLabels: allTrain === undefined ? (config.labels ?? processor.labels) : processor.labels,
      longText,
      classWeights: hasClassWeights,
      skipBadRows: onBadRow === "skip",
    },
  });
}

/**
 * Returns whether the examples of a task are pairs of texts.
 *
 * @example
 * ```ts
 * import { hasPairs } from "@bertie/classifier";
 * import { getProcessor } from "@bertie/data";
 *
 * console.log(hasPairs(getProcessor("news")), hasPairs(getProcessor("mrpc"))); // false true
 * ```
 */
export function hasPairs(processor: Processor): boolean {
  return processor.layout("train", []).textB !== undefined;
}

/** Returns whether any row has tokens of a second text. */
export function areFeaturePairs(set: DataSet | undefined): boolean {
  return set?.features.some(({ segmentIds }) => segmentIds.includes(1)) ?? false;
}

/** Reads the sets of tokenized features, limited to the maximum numbers of rows. */
async function readFeatureSets(request: TaskDataRequest) {
  const { config, maxLength, onBadRow, newLabels } = request;
  const { numLabels = newLabels ? undefined : config.labels?.length } = request;
  const read = async (name: string, file: FeatureFile, problemType: ProblemType | undefined, limit = Infinity) => {
    const limits = { maxSeqLength: maxLength, numLabels, problemType };
    const { fileName } = file;
    const set = await featureSet(name, { fileName, files: await file.read() }, config, limits, onBadRow);
    return { ...set, features: set.features.slice(0, limit) };
  };
  const { train, trainFeatures, maxTrainSamples, evaluate, evalFeatures, maxEvalSamples } = request;
  const trainSet = train && trainFeatures ? await read("train", trainFeatures, undefined, maxTrainSamples) : undefined;
  const known = train ? trainSet?.problemType : config.problemType;
  return {
    train: trainSet,
    evaluation: evaluate && evalFeatures ? await read("dev", evalFeatures, known, maxEvalSamples) : undefined,
  };
}

function requireTask(directory: FileSource | undefined, processor: Processor | undefined): TaskFiles {
  if (directory === undefined)
    throw new BertieError(
      "options/missing",
      "no data: set directory (--data-dir) to the directory with the .tsv files of the task.",
    );
  if (processor === undefined)
    throw new BertieError("options/missing", `no task: set taskName (--task-name) to one of ${taskNames.join(", ")}.`);
  return { processor, directory };
}

/** Sets of a task. */
interface TaskSets {
  readonly train: ReadTaskSet | undefined;
  /** Training set before it is limited to the maximum number of rows, to be checked. */
  readonly allTrain: ReadTaskSet | undefined;
  readonly evaluations: readonly { readonly name: string; readonly set: ReadTaskSet }[];
  readonly predict: TestSet | undefined;
  readonly otherTests: readonly TestSet[];
  /** All rows of the training set, so that label ids do not depend on the maximum number of rows. */
  readonly labeling: readonly InputExample[] | undefined;
  readonly split?: SplitRecord;
}

/** Reads the sets of examples, limited to the maximum numbers of rows, and the examples that determine the labels. */
async function readTaskSets(
  task: TaskFiles,
  requiredSets: { readonly train: boolean; readonly evaluations: boolean; readonly predict: boolean },
  request: TaskDataRequest,
): Promise<TaskSets> {
  const { config, onBadRow, maxTrainSamples, maxEvalSamples, evalFraction, seed = 42 } = request;
  const { processor } = task;
  const settings = { ...request.files, onBadRow };
  const first = (set: ReadTaskSet, limit = Number.POSITIVE_INFINITY) => ({
    ...set,
    examples: set.examples.slice(0, limit),
  });
  const labelsAreKnown = processor.labels !== undefined || config.labels !== undefined;
  const all = requiredSets.train
    ? await requireTaskSet(task, "train", settings)
    : labelsAreKnown
      ? undefined
      : await readTaskSet(task, "train", settings);
  const split =
    requiredSets.train && requiredSets.evaluations && evalFraction !== undefined
      ? splitExamples(all!.examples, { evalFraction, seed })
      : undefined;
  const select = (rows: readonly number[]) => ({ ...all!, examples: rows.map((row) => all!.examples[row]!) });
  const train = split === undefined ? all : select(split.train);

  const evaluations: { name: string; set: ReadTaskSet }[] = [];
  if (split !== undefined) {
    evaluations.push({ name: "dev", set: first({ ...select(split.evaluation), notes: [] }, maxEvalSamples) });
  } else if (requiredSets.evaluations) {
    evaluations.push({ name: "dev", set: first(await requireTaskSet(task, "dev", settings), maxEvalSamples) });
    for (const name of processor.otherDevSets ?? []) {
      const set = await readTaskSet(task, name, settings);
      if (set) evaluations.push({ name, set: first(set, maxEvalSamples) });
    }
  }
  const tests: TestSet[] = [];
  if (requiredSets.predict) {
    const unlabeled = { ...settings, allowEmptyLabels: true };
    const test = await readTaskSet(task, "test", unlabeled);
    const setName = test === undefined && processor.files.dev !== undefined ? "dev" : "test";
    tests.push({ name: "predict", setName, set: test ?? (await requireTaskSet(task, setName, unlabeled)) });
    for (const setName of processor.otherTestSets ?? []) {
      const set = await readTaskSet(task, setName, unlabeled);
      if (set) tests.push({ name: setName, setName, set });
    }
  }
  for (const { set } of [...evaluations, ...tests]) requireSameHeader(all, set);
  return {
    train: requiredSets.train && train ? first(train, maxTrainSamples) : undefined,
    allTrain: requiredSets.train ? train : undefined,
    evaluations,
    predict: tests[0],
    otherTests: tests.slice(1),
    labeling: all?.examples,
    ...(split && { split: split.record }),
  };
}

/** Set to predict. */
interface TestSet {
  readonly name: string;
  readonly setName: SetName;
  readonly set: ReadTaskSet;
}

/** Returns the set for which GLUE accepts the predictions, or a note if the predictions would not be accepted. */
function submissionOf(
  { submissions, problemType, labels: taskLabels = [] }: Processor,
  set: SetName,
  { fileName, badRows }: ExampleSet,
  labels: readonly string[],
): { readonly submission?: SetName; readonly notes: readonly string[] } {
  if (submissions?.[set] === undefined) return { notes: [] };
  const unknown = problemType === "regression" ? undefined : labels.find((label) => !taskLabels.includes(label));
  const reason =
    badRows !== undefined
      ? "rows were skipped"
      : unknown !== undefined
        ? `the model has the label ${quoteLabel(unknown)}, which the task does not have`
        : undefined;
  if (reason === undefined) return { submission: set, notes: [] };
  return { notes: [`${fileName}: no submission for GLUE is written, because ${reason}`] };
}

/** Removes the labels of test rows that the model does not have, such as placeholders: predictions do not need labels. */
function withKnownLabels(set: ReadTaskSet, labels: readonly string[]): ReadTaskSet {
  const known = new Set(labels);
  const examples = set.examples.map((example) => {
    if (example.label === undefined || known.has(example.label)) return example;
    const { label, ...unlabeled } = example;
    return unlabeled;
  });
  return { ...set, examples };
}

function labelsOfTask(
  processor: Processor,
  { numLabels, config, newLabels, train, onBadRow }: TaskDataRequest,
  trainExamples: readonly InputExample[] | undefined,
): readonly string[] {
  const ignoresModel = train && newLabels;
  const modelLabels = config.labels;
  // Rows with other labels are skipped if bad rows are. Without training, such rows cannot be learned.
  const comparesLabels = train && onBadRow === "fail";
  const labels = resolveLabels(processor, {
    ...{ modelLabels, newLabels: ignoresModel },
    trainExamples: comparesLabels || modelLabels === undefined ? trainExamples : undefined,
  });
  if (numLabels === undefined || numLabels === labels.length) return labels;
  const isOfModel = labels === modelLabels;
  const remedy = isOfModel
    ? "Remove the option, or set newLabels (--new-labels) to train a new classifier for the labels of the data."
    : "Remove the option.";
  const owner = isOfModel ? "the model was fine-tuned on" : `the task ${processor.taskName} has`;
  const text = `numLabels (--num-labels) is ${numLabels}, but ${owner} ${labels.length} labels. ${remedy}`;
  throw new BertieError("options/num-labels", text);
}

/** Returns the labels for tokenized features: the labels of the model, or as many as requested or found in the rows. */
function labelsOfFeatures(
  { numLabels, config, newLabels, train }: TaskDataRequest,
  sets: readonly (DataSet | undefined)[],
): readonly string[] {
  if (sets.some((set) => set?.problemType === "regression")) return regressionLabels(config.labels);
  const known = train && newLabels ? undefined : config.labels;
  if (known !== undefined && (numLabels === undefined || numLabels === known.length)) return known;
  const targets = sets.flatMap((set) => set?.features ?? []).find((row) => row.targets !== undefined)?.targets;
  if (targets !== undefined) return Array.from(targets, (_, id) => `LABEL_${id}`);
  const ids = sets.flatMap((set) => set?.features.map(({ labelId = 0 }) => labelId) ?? []);
  if (numLabels === undefined && ids.length === 0) {
    const text =
      "the labels are unknown. Use a model directory with id2label in config.json, or set numLabels (--num-labels).";
    throw new BertieError("input/no-labels", text);
  }
  const count = numLabels ?? ids.reduce((most, id) => Math.max(most, id + 1), 2);
  return Array.from({ length: count }, (_, id) => `LABEL_${id}`);
}

/** Checks the label ids of a set. The number of labels is known only after all sets have been read. */
function checkLabels({ name, features }: DataSet, labels: readonly string[]): void {
  const row = features.findIndex(({ labelId = 0 }) => labelId >= labels.length);
  if (row < 0) return;
  const text = `${name} features, row ${row + 1}: label_id is ${features[row]!.labelId}, expected less than ${labels.length}, the number of labels. Correct the row, or set numLabels (--num-labels).`;
  throw new BertieError("input/invalid-value", text);
}
