import { BertieError } from "@bertie/common";
import {
  type Columns,
  collectLabels,
  type ExampleSet,
  getProcessor,
  guessColumns,
  type InputExample,
  type OnBadRow,
  readExamples,
  readTable,
  resolveLabels,
  type SetName,
  type Table,
  tableExamples,
} from "@bertie/data";
import { fetchFile, remoteUrl } from "../remote-file.ts";

/** Text or pair of texts with its label. */
export interface Example {
  readonly text: string;
  /** Second text of a pair. */
  readonly pair?: string | undefined;
  readonly label: string;
}

/**
 * Table of labeled texts: a CSV or TSV file. Columns that are not set are guessed; a note reports the guess.
 */
export interface TableFile {
  /** Path (Node, Deno, Bun), URL, or contents of the table. */
  readonly file: string | URL | Blob | Uint8Array;
  /** Whether the first row contains the column names. @default true if a column is set by name, otherwise guessed */
  readonly header?: boolean;
  /** Column of the text, by name or by index from 0. @default guessed */
  readonly text?: string | number;
  /** Column of the second text of a pair, by name or by index from 0. @default guessed */
  readonly pair?: string | number;
  /** Column of the label, by name or by index from 0. @default guessed */
  readonly label?: string | number;
}

/** File of a task of the 2018 script or of GLUE, in the layout of the task. */
export interface TaskFile {
  /** Name of the task: "news", or a task of GLUE such as "mrpc". */
  readonly task: string;
  /** Name of the set, which determines the layout: "train", "dev", "dev_mismatched" or "test". */
  readonly set: SetName;
  /** Path (Node, Deno, Bun), URL, or contents of the file. */
  readonly file: string | URL | Blob | Uint8Array;
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
  /** Sorted labels of all rows, including rows that are not used. */
  readonly labels: readonly string[];
  /** Name of the task, if the examples are from the file of a task. */
  readonly taskName: string | undefined;
  readonly onBadRow: OnBadRow;
  readonly notes: readonly string[];
  /** Bytes of the file of a task, or serialized examples. Their hash reveals changes of the data. */
  readonly contents: Uint8Array;
}

/**
 * Reads examples into an array.
 *
 * @param name name of the examples in messages
 * @throws BertieError "input/not-examples" if `examples` has another type, "input/no-rows" if there are no examples,
 *   "input/no-column" if a column does not exist, "input/not-text" if a text or label is not a string, and the errors of
 *   {@link readTable} and {@link readExamples}
 */
export async function readExampleSet(name: string, examples: Examples): Promise<ReadExamples> {
  checkExamples(name, examples);
  if ("file" in examples) {
    const read = "task" in examples ? await readTaskFile(examples) : await readTableFile(examples);
    return { ...read, examples: read.examples.slice(0, examples.first) };
  }
  const list: InputExample[] = [];
  for await (const example of examples) {
    const { text, pair, label }: Partial<Example> = example ?? {};
    if ([text, label, pair ?? ""].some((value) => typeof value !== "string")) {
      const message = `${name}, example ${list.length + 1}: expected text, label and (for pairs) pair to be strings.`;
      throw new BertieError("input/not-text", message);
    }
    list.push({ guid: `${name}-${list.length}`, textA: text, ...(pair !== undefined && { textB: pair }), label });
  }
  if (list.length === 0)
    throw new BertieError("input/no-rows", `${name}: there are no examples. Add at least one example.`);
  const contents = serialize(list);
  const facts = { labels: collectLabels(list), taskName: undefined, onBadRow: "fail" as const, notes: [], contents };
  return { fileName: name, examples: list, blankLines: 0, ...facts };
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
  const rows = examples.map(({ textA, textB = null, label }) => JSON.stringify([textA, textB, label]));
  return new TextEncoder().encode(rows.join("\n"));
}

async function readTaskFile({ task, set, file, onBadRow = "fail" }: TaskFile): Promise<ReadExamples> {
  const processor = getProcessor(task);
  const { name, bytes } = await readContents(file);
  const read = readExamples(processor, set, bytes, name, { onBadRow });
  const labels = processor.labels ?? collectLabels(read.examples);
  return { ...read, labels, taskName: processor.taskName, onBadRow, notes: [], contents: bytes };
}

async function readTableFile(source: TableFile): Promise<ReadExamples> {
  const { name, bytes } = await readContents(source.file);
  const table = await readTable(name, bytes);
  const guessed = guessColumns(table);
  const columns = chooseColumns(table, source, guessed);
  const isSpecified = [source.text, source.label].every((column) => column !== undefined);
  const columnOf = (role: "text" | "pair" | "label") => columns.roles.indexOf(role) + 1;
  const pair = columnOf("pair") > 0 ? `, pair in column ${columnOf("pair")}` : "";
  const guess = `text in column ${columnOf("text")}${pair}, label in column ${columnOf("label")}`;
  const notes = isSpecified ? [] : [`${name}: ${guess}, ${columns.header ? "with" : "without"} a header`];
  const examples = tableExamples(table, columns);
  const facts = {
    labels: collectLabels(examples),
    taskName: undefined,
    onBadRow: "fail" as const,
    notes,
    contents: serialize(examples),
  };
  return { fileName: name, examples, blankLines: 0, ...facts };
}

/** Returns the requested columns, with guesses for columns that are not requested. */
function chooseColumns(table: Table, { header, text, pair, label }: TableFile, guessed: Columns): Columns {
  const requested = { text, pair, label };
  if (Object.values(requested).every((column) => column === undefined))
    return { ...guessed, header: header ?? guessed.header };
  const hasNames = Object.values(requested).some((column) => typeof column === "string");
  const names = table.rows[0]?.cells ?? [];
  const roles = guessed.roles.map(() => "none" as Columns["roles"][number]);
  for (const role of ["text", "pair", "label"] as const) {
    const column = requested[role];
    const index = column === undefined ? guessed.roles.indexOf(role) : findColumn(table.name, names, column);
    if (index >= 0 && (column !== undefined || roles[index] === "none")) roles[index] = role;
  }
  return { header: header ?? (hasNames || guessed.header), roles };
}

function findColumn(name: string, names: readonly string[], column: string | number): number {
  const index = typeof column === "number" ? column : names.indexOf(column);
  if (index >= 0 && index < names.length) return index;
  const known = names.map((header) => JSON.stringify(header)).join(", ");
  throw new BertieError("input/no-column", `${name}: no column ${JSON.stringify(column)}. Choose one of ${known}.`);
}

async function readContents(file: TableFile["file"]): Promise<{ name: string; bytes: Uint8Array }> {
  if (file instanceof Uint8Array) return { name: "table", bytes: file };
  if (file instanceof Blob) {
    return { name: "name" in file ? String(file.name) : "table", bytes: new Uint8Array(await file.arrayBuffer()) };
  }
  const url = remoteUrl(file);
  if (url !== undefined) {
    const bytes = await fetchFile(url);
    if (bytes !== undefined) return { name: url.pathname.split("/").at(-1)!, bytes };
    throw new BertieError("input/missing-file", `${url.href}: no such file. Check the URL.`);
  }
  const { pathOf, readInput } = await import("../storage/files.node.ts");
  return { name: String(file), bytes: await readInput(pathOf(file)) };
}

/** Returns whether any example is a pair of texts. */
export function arePairs(examples: readonly InputExample[]): boolean {
  return examples.some(({ textB }) => textB !== undefined);
}

/**
 * Returns the labels for training on examples, in the order of their ids: the labels of the model if it has been
 * fine-tuned, otherwise the labels of the examples.
 *
 * @throws BertieError "input/too-few-labels" if all examples have the same label
 */
export function labelsFor(set: ReadExamples, modelLabels: readonly string[] | undefined): readonly string[] {
  if (set.labels.length < 2) {
    const text = `${set.fileName}: all ${set.examples.length} rows have the same label, expected at least 2 labels. Check the label column.`;
    throw new BertieError("input/too-few-labels", text);
  }
  const task = { taskName: set.taskName ?? set.fileName, labels: set.labels };
  return resolveLabels(task, { modelLabels });
}
