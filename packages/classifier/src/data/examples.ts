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

/** A text, or a pair of texts, with its label. */
export interface Example {
  readonly text: string;
  /** The second text of a pair. */
  readonly pair?: string | undefined;
  readonly label: string;
}

/** A table with labelled texts. Columns that are not named are guessed, which {@link readExampleSet} reports. */
export interface TableFile {
  /** A path (Node, Deno, Bun), an address, or the table's contents. */
  readonly file: string | URL | Blob | Uint8Array;
  /** Whether the first row names the columns. */
  readonly header?: boolean;
  /** By its name in the header, or by its index from 0; notes to the user count columns from 1. */
  readonly text?: string | number;
  readonly pair?: string | number;
  readonly label?: string | number;
}

/** A file of a task of the 2018 script or of GLUE, in the task's own layout. */
export interface TaskFile {
  /** "news", "mrpc", "mnli" or "cola". */
  readonly task: string;
  readonly set: SetName;
  /** A path (Node, Deno, Bun), an address, or the file's contents. */
  readonly file: string | URL | Blob | Uint8Array;
  /** Whether a row that cannot be used is an error or is skipped. @default "fail" */
  readonly onBadRow?: OnBadRow;
}

/** Labelled examples, as a program has them. */
export type Examples =
  | Iterable<Example>
  | AsyncIterable<Example>
  | ((TableFile | TaskFile) & {
      /** Use only this many rows, from the first; labels are those of all rows. By default all. */
      readonly first?: number | undefined;
    });

/** Examples in a list, with notes for the user. */
export interface ReadExamples extends ExampleSet {
  /** The labels of all rows, including rows that are not used; sorted. */
  readonly labels: readonly string[];
  /** The task whose layout the file has. */
  readonly taskName: string | undefined;
  readonly onBadRow: OnBadRow;
  readonly notes: readonly string[];
  /** A task file's bytes, or a serialization of the examples: their hash tells whether they have changed. */
  readonly contents: Uint8Array;
}

/**
 * Reads examples into a list.
 *
 * @param name the name of the examples in messages
 * @throws BertieError "input/not-examples", "input/no-rows", "input/no-column", "input/not-text", and what {@link readTable}
 *   throws
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
      const what = `${name}, example ${list.length + 1}: text and label must be strings, and so must a pair's second text`;
      throw new BertieError("input/not-text", what);
    }
    list.push({ guid: `${name}-${list.length}`, textA: text, ...(pair !== undefined && { textB: pair }), label });
  }
  if (list.length === 0) throw new BertieError("input/no-rows", `${name}: there are no examples`);
  const contents = serialize(list);
  const facts = { labels: collectLabels(list), taskName: undefined, onBadRow: "fail" as const, notes: [], contents };
  return { fileName: name, examples: list, blankLines: 0, ...facts };
}

/**
 * Refuses what is neither examples nor a file of them, such as a path by itself, which is iterable, too.
 *
 * @throws BertieError "input/not-examples"
 */
export function checkExamples(name: string, examples: unknown): void {
  if (typeof examples === "object" && examples !== null)
    if ("file" in examples || Symbol.iterator in examples || Symbol.asyncIterator in examples) return;
  const text = `${name}: expected examples { text, label }, or { file: "data.tsv" } with the path of a table`;
  throw new BertieError("input/not-examples", text);
}

/** Examples as bytes, to tell whether they have changed: those of a table change with its columns, too. */
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
  const named = [source.text, source.label].every((column) => column !== undefined);
  const role = (what: "text" | "pair" | "label") => columns.roles.indexOf(what) + 1;
  const pair = role("pair") > 0 ? `, pair in column ${role("pair")}` : "";
  const found = `text in column ${role("text")}${pair}, label in column ${role("label")}`;
  const notes = named ? [] : [`${name}: ${found}, ${columns.header ? "with" : "without"} a header`];
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

/** The columns that were asked for, and guesses for the others. */
function chooseColumns(table: Table, { header, text, pair, label }: TableFile, guessed: Columns): Columns {
  const asked = { text, pair, label };
  if (Object.values(asked).every((column) => column === undefined))
    return { ...guessed, header: header ?? guessed.header };
  const hasNames = Object.values(asked).some((column) => typeof column === "string");
  const names = table.rows[0]?.cells ?? [];
  const roles = guessed.roles.map(() => "none" as Columns["roles"][number]);
  for (const role of ["text", "pair", "label"] as const) {
    const column = asked[role];
    const index = column === undefined ? guessed.roles.indexOf(role) : findColumn(table.name, names, column);
    if (index >= 0 && (column !== undefined || roles[index] === "none")) roles[index] = role;
  }
  return { header: header ?? (hasNames || guessed.header), roles };
}

function findColumn(name: string, names: readonly string[], column: string | number): number {
  const index = typeof column === "number" ? column : names.indexOf(column);
  if (index >= 0 && index < names.length) return index;
  const known = names.map((header) => JSON.stringify(header)).join(", ");
  throw new BertieError("input/no-column", `${name}: there is no column ${JSON.stringify(column)}; found ${known}`);
}

async function readContents(file: TableFile["file"]): Promise<{ name: string; bytes: Uint8Array }> {
  if (file instanceof Uint8Array) return { name: "table", bytes: file };
  if (file instanceof Blob) {
    return { name: "name" in file ? String(file.name) : "table", bytes: new Uint8Array(await file.arrayBuffer()) };
  }
  const address = remoteUrl(file);
  if (address !== undefined) {
    const bytes = await fetchFile(address);
    if (bytes !== undefined) return { name: address.pathname.split("/").at(-1)!, bytes };
    throw new BertieError("input/missing-file", `${address.href}: there is no such file; check the address`);
  }
  const { pathOf, readInput } = await import("../storage/files.node.ts");
  return { name: String(file), bytes: await readInput(pathOf(file)) };
}

/** Whether examples are pairs of texts. */
export function arePairs(examples: readonly InputExample[]): boolean {
  return examples.some(({ textB }) => textB !== undefined);
}

/**
 * The labels of a model that is trained on examples, in the order of their ids: the model's own, where it has been trained
 * before, else those found.
 *
 * @throws BertieError "input/too-few-labels"
 */
export function labelsFor(set: ReadExamples, modelLabels: readonly string[] | undefined): readonly string[] {
  if (set.labels.length < 2) {
    const text = `${set.fileName}: all ${set.examples.length} rows have the same label; is it the right column?`;
    throw new BertieError("input/too-few-labels", text);
  }
  const task = { taskName: set.taskName ?? set.fileName, labels: set.labels };
  return resolveLabels(task, { modelLabels });
}
