import { BertieError, type ProblemType } from "@bertie/common";
import {
  collectLabels,
  type ExampleSet,
  type FileFacts,
  getProcessor,
  type InputExample,
  noRowsError,
  type OnBadRow,
  quoteLabel,
  readExamples,
  resolveLabels,
  type SetName,
} from "@bertie/data";
import { factsOf } from "./check-sets.ts";
import { type FileInput, readFileInput } from "./file-input.ts";
import { problemTypeOfExamples, regressionLabels } from "./problem-types.ts";
import { openTableSet, type TableFile } from "./table-file.ts";
import type { TrainingLayout } from "./training-layout.ts";

/** Text or pair of texts with its label, its labels or its value. All examples of a set use the same one of these three keys. */
export interface Example {
  readonly text: string;
  /** Second text of a pair. */
  readonly pair?: string | undefined;
  /** Label of single-label classification. */
  readonly label?: string | undefined;
  /** Labels that apply, in multi-label classification; may be empty. */
  readonly labels?: readonly string[] | undefined;
  /** Value to predict, in regression. */
  readonly value?: number | undefined;
}

/** File of a task of the 2018 script or of GLUE, in the layout of the task. */
export interface TaskFile {
  /** Name of the task: "news", or a task of GLUE such as "mrpc". */
  readonly task: string;
  /** Name of the set, which determines the layout: "train", "dev", "dev_mismatched" or "test". */
  readonly set: SetName;
  /** Path (Node, Deno, Bun), URL, or contents of the file. */
  readonly file: FileInput;
  /** Whether an invalid row is an error ("fail") or is skipped ("skip"). @default "fail" */
  readonly onBadRow?: OnBadRow;
}

/** Labeled examples: an iterable, a table, or a file of a task. */
export type Examples =
  | Iterable<Example>
  | AsyncIterable<Example>
  | ((TableFile | TaskFile) & {
      /** Maximum number of rows, from the first; labels are collected from all rows. @default all rows */
      readonly first?: number | undefined;
    });

/** Examples as an array, with notes for the user. */
export interface ReadExamples extends ExampleSet {
  readonly problemType: ProblemType;
  /** Facts about the files for the data check. */
  readonly files: readonly FileFacts[];
  /** Sorted labels of all rows, including rows that are not used. */
  readonly labels: readonly string[];
  /** Name of the task, if the examples are from the file of a task. */
  readonly taskName: string | undefined;
  readonly onBadRow: OnBadRow;
  readonly notes: readonly string[];
  /** Columns of a table. */
  readonly layout?: TrainingLayout;
  /** Bytes of the file of a task, or serialized examples. Their hash reveals changes of the data. */
  readonly contents: Uint8Array;
}

/**
 * Reads examples into an array.
 *
 * @param name name of the examples in messages
 * @param needsLabel whether the rows of a table need labels; otherwise labels are not read
 * @throws BertieError "input/not-examples" if `examples` has another type, "input/no-rows" if there are no examples,
 *   "input/no-column" if a column does not exist, "input/not-text" if a text or label is not a string, and the errors of
 *   {@link openTable} and {@link readExamples}
 */
export async function readExampleSet(name: string, examples: Examples, needsLabel = true): Promise<ReadExamples> {
  checkExamples(name, examples);
  if ("file" in examples) {
    const read = "task" in examples ? await readTaskFile(examples) : await readTableFile(name, examples, needsLabel);
    return { ...read, examples: read.examples.slice(0, examples.first) };
  }
  const list: InputExample[] = [];
  for await (const example of examples) {
    list.push(inputExampleOf(example, name, list.length));
  }
  if (list.length === 0)
    throw new BertieError("input/no-rows", `${name}: there are no examples. Add at least one example.`);
  const contents = serialize(list);
  const problemType = problemTypeOfExamples(list, name);
  const facts = { labels: collectLabels(list), taskName: undefined, onBadRow: "fail" as const, notes: [], contents };
  return { fileName: name, examples: list, files: [], blankLines: 0, problemType, ...facts };
}

/**
 * Converts an example of a caller, who may not have checked its type.
 *
 * @throws BertieError "input/not-text" or "input/not-labels"
 */
function inputExampleOf(example: Example, name: string, index: number): InputExample {
  const { text, pair, label, labels, value }: Partial<Example> = example ?? {};
  const where = `${name}, example ${index + 1}`;
  const hasLabel = labels === undefined && value === undefined;
  if ([text, hasLabel ? label : "", pair ?? ""].some((value) => typeof value !== "string")) {
    const message = `${where}: expected text, label and (for pairs) pair to be strings.`;
    throw new BertieError("input/not-text", message);
  }
  const isList = Array.isArray(labels) && labels.every((item) => typeof item === "string");
  const fits = hasLabel || (label === undefined && (value === undefined ? isList : Number.isFinite(value)));
  if (!fits || (labels !== undefined && value !== undefined)) {
    const message = `${where}: expected one of label (a string), labels (an array of strings) and value (a finite number).`;
    throw new BertieError("input/not-labels", message);
  }
  return {
    guid: `${name}-${index}`,
    textA: text!,
    ...(pair !== undefined && { textB: pair }),
    ...(label !== undefined && { label }),
    ...(labels !== undefined && { labels }),
    ...(value !== undefined && { value }),
  };
}

/**
 * Checks that a value is an iterable of examples or a file. Strings, which are iterable, are rejected.
 *
 * @throws BertieError "input/not-examples"
 */
export function checkExamples(name: string, examples: unknown): void {
  if (typeof examples === "object" && examples !== null)
    if ("file" in examples || Symbol.iterator in examples || Symbol.asyncIterator in examples) return;
  const text = `${name}: expected an iterable of { text, label }, or the path of a table as { file: "data.tsv" }.`;
  throw new BertieError("input/not-examples", text);
}

/** Serializes examples for comparison. The examples of a table also change if different columns are used. */
function serialize(examples: readonly InputExample[]): Uint8Array {
  const rows = examples.map(({ textA, textB = null, label, labels, value }) =>
    JSON.stringify([textA, textB, label ?? labels ?? value]),
  );
  return new TextEncoder().encode(rows.join("\n"));
}

async function readTaskFile({ task, set, file, onBadRow = "fail" }: TaskFile): Promise<ReadExamples> {
  const processor = getProcessor(task);
  const { name, bytes } = await readFileInput(file);
  const read = readExamples(processor, set, bytes, name, { onBadRow });
  const labels = processor.labels ?? collectLabels(read.examples);
  const problemType = problemTypeOfExamples(read.examples, name);
  return {
    ...read,
    problemType,
    files: [factsOf(read)],
    labels,
    taskName: processor.taskName,
    onBadRow,
    notes: [],
    contents: bytes,
  };
}

async function readTableFile(name: string, source: TableFile, needsLabel: boolean): Promise<ReadExamples> {
  const set = await openTableSet(name, source, needsLabel);
  const examples: InputExample[] = [];
  for await (const example of set.examples()) examples.push(example);
  if (examples.length === 0) throw noRowsError(set.fileName, set.badRows());
  return {
    fileName: set.fileName,
    examples,
    files: set.files(),
    problemType: set.problemType,
    labels: set.labels ?? collectLabels(examples),
    taskName: undefined,
    onBadRow: source.onBadRow ?? "fail",
    notes: [...set.notes, ...set.readNotes()],
    layout: set.layout,
    blankLines: 0,
    contents: serialize(examples),
  };
}

/** Returns whether any example is a pair of texts. */
export function arePairs(examples: readonly InputExample[]): boolean {
  return examples.some(({ textB }) => textB !== undefined);
}

/** Returns one example per label of a set, including labels of rows that are not used. */
function labeled({ labels }: ReadExamples): InputExample[] {
  return labels.map((label) => ({ guid: label, textA: "", label }));
}

/**
 * Returns the labels for training on examples, in the order of their ids: the labels of the model if it has been
 * fine-tuned, otherwise the labels of the examples.
 *
 * @param options.newLabels whether the labels of the model are ignored, to train a new classifier
 * @param options.train whether the examples are for training, so that a model without their labels is refused
 * @throws BertieError "input/too-few-labels" if all examples have the same label, "input/other-labels" if the model lacks a
 *   label of the examples
 */
export function labelsFor(
  set: ReadExamples,
  modelLabels: readonly string[] | undefined,
  { newLabels = false, train = true }: { readonly newLabels?: boolean; readonly train?: boolean } = {},
): readonly string[] {
  if (set.problemType === "regression") return regressionLabels(modelLabels);
  const isMulti = set.problemType === "multi_label_classification";
  if (isMulti && set.labels.length === 0) {
    const text = `${set.fileName}: none of the ${set.examples.length} rows has a label. Check the label column.`;
    throw new BertieError("input/too-few-labels", text);
  }
  const isEvaluation = modelLabels !== undefined && !train;
  if (!isMulti && !isEvaluation && set.labels.length < 2) {
    const label = set.labels.map(quoteLabel).join();
    const text = `${set.fileName}: all ${set.examples.length} rows have the label ${label}, expected at least 2 labels. Check the label column (--label-column).`;
    throw new BertieError("input/too-few-labels", text);
  }
  const task = { taskName: set.taskName ?? set.fileName, labels: set.labels };
  const trainExamples = train && set.onBadRow === "fail" ? labeled(set) : undefined;
  return resolveLabels(task, { modelLabels, newLabels: newLabels && train, trainExamples });
}
