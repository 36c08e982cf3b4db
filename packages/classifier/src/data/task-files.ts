import { BertieError } from "@bertie/common";
import {
  bytesSource,
  detectEncoding,
  type ExampleSet,
  encodingOf,
  fileNameOf,
  formatOfName,
  type InputExample,
  noRowsError,
  type OnBadRow,
  type Processor,
  readExamples,
  type SetName,
} from "@bertie/data";
import type { FileSource } from "@bertie/model";
import { openTableSet, type TableFile } from "./table-file.ts";
import type { TrainingLayout } from "./training-layout.ts";

/** How the files of a task are read. */
export interface TaskFileSettings {
  readonly onBadRow: OnBadRow;
  /** Whether rows may have an empty label, which is read as no label. @default false */
  readonly allowEmptyLabels?: boolean | undefined;
  /** Label of the encoding of the files. @default UTF-8, or UTF-16 with a byte order mark */
  readonly encoding?: string | undefined;
  /**
   * Header, columns and delimiter of the files of the task `news`, which otherwise have a label and a text, separated by a
   * tab, and no header.
   */
  readonly table?: Pick<TableFile, "header" | "text" | "pair" | "label" | "id" | "group" | "delimiter"> | undefined;
}

/** Set of a task, with notes for the user about its file. */
export interface ReadTaskSet extends ExampleSet {
  readonly notes: readonly string[];
  /** Names of the columns, if the file has a header that the user has set. */
  readonly header?: readonly string[];
  /** Columns, if the file was read as a table. */
  readonly layout?: TrainingLayout;
}

/**
 * Checks that the files of two sets have the same header, because a row of examples may have been read as one.
 *
 * @throws BertieError "input/doubtful-header"
 */
export function requireSameHeader(first: ReadTaskSet | undefined, other: ReadTaskSet): void {
  if (first?.header === undefined || other.header === undefined) return;
  if (first.header.join("\t") === other.header.join("\t")) return;
  const list = (names: readonly string[]) => names.map((name) => JSON.stringify(name)).join(", ");
  const text = `${other.fileName}: the first row (${list(other.header)}) is read as a header, but the header of ${first.fileName} is ${list(first.header)}. Add the header to ${other.fileName}, or delete it from ${first.fileName} and set --no-header.`;
  throw new BertieError("input/doubtful-header", text);
}

/** Files of a task. */
export interface TaskFiles {
  readonly processor: Processor;
  readonly directory: FileSource;
}

/**
 * Reads a set of a task if its file exists. The task `news` also reads tables by other names, such as train.csv or valid.jsonl.
 *
 * @throws BertieError "input/…" if the file is malformed
 */
export async function readTaskSet(
  { processor, directory }: TaskFiles,
  set: SetName,
  settings: TaskFileSettings,
): Promise<ReadTaskSet | undefined> {
  const isNews = processor.taskName === "news";
  for (const name of [processor.files[set], ...(processor.otherFiles?.[set] ?? [])]) {
    const stored = name === undefined ? undefined : await directory.read(name);
    if (stored === undefined) continue;
    const path = `${directory.name}/${name}`;
    if (isNews && isDescribed(settings)) return readNewsTable(set, path, stored, NEWS_LAYOUT, settings);
    const { bytes, notes } = toUtf8(stored, path, settings);
    const { onBadRow, allowEmptyLabels = false } = settings;
    return { ...readExamples(processor, set, bytes, path, { onBadRow, allowEmptyLabels }), notes };
  }
  if (!isNews) return undefined;
  const other = await findTable(directory, set);
  return other && readNewsTable(set, `${directory.name}/${other.name}`, other.bytes, {}, settings);
}

/**
 * Reads a set of a task.
 *
 * @throws BertieError "input/missing-file" if the file does not exist
 */
export async function requireTaskSet(files: TaskFiles, set: SetName, settings: TaskFileSettings): Promise<ReadTaskSet> {
  const read = await readTaskSet(files, set, settings);
  if (read !== undefined) return read;
  const { processor, directory } = files;
  const path = `${directory.name}/${fileNameOf(processor, set)}`;
  const other = await findTable(directory, set);
  const found = other === undefined ? await otherTables(files, set) : `, found ${other.name}. ${notOfTask(processor)}`;
  const split =
    set === "dev" && other === undefined
      ? " To evaluate on a part of the training rows instead, set evalFraction (--eval-fraction 0.1)."
      : "";
  throw new BertieError("input/missing-file", `${path}: no such file${found || ". Check the path"}.${split}`);
}

function notOfTask({ taskName }: Processor): string {
  return `The task ${taskName} reads files in the layout of GLUE. To train on a table, pass the table as an argument (train)`;
}

/** Names the tables of a directory that has no training set under a usual name. */
async function otherTables({ processor, directory }: TaskFiles, set: SetName): Promise<string> {
  if (set !== "train") return "";
  const names = (await directory.list?.("")) ?? [];
  const tables = names.filter((name) => formatOfName(name) !== undefined);
  if (tables.length === 0) return "";
  const [first] = tables as [string];
  const shown =
    tables.length > 3 ? `${tables.slice(0, 3).join(", ")} and ${tables.length - 3} more` : tables.join(", ");
  const remedy =
    processor.taskName === "news"
      ? `To train on a table, pass it as an argument: bertie train ${directory.name}/${first}`
      : notOfTask(processor);
  return `, found ${shown}. ${remedy}`;
}

function isDescribed({ table = {} }: TaskFileSettings): boolean {
  return Object.values(table).some((value) => value !== undefined);
}

/** Layout of the files of the task `news`. */
const NEWS_LAYOUT: Partial<TableFile> = {
  format: "tsv",
  delimiter: "tab",
  quote: "none",
  header: false,
  label: 0,
  text: 1,
};

async function readNewsTable(
  set: SetName,
  path: string,
  bytes: Uint8Array,
  layout: Partial<TableFile>,
  { table = {}, encoding, onBadRow }: TaskFileSettings,
): Promise<ReadTaskSet> {
  const given = Object.fromEntries(Object.entries(table).filter(([, value]) => value !== undefined));
  const isNamed = typeof given.text === "string" || typeof given.label === "string";
  const request: TableFile = {
    file: bytesSource(path, bytes),
    ...layout,
    ...(isNamed && { header: undefined }),
    ...given,
    encoding,
    onBadRow,
    problemType: "single_label_classification",
  };
  const opened = await openTableSet(set, request, set !== "test");
  const examples: InputExample[] = [];
  for await (const example of opened.examples()) examples.push(example);
  const [facts] = opened.files();
  if (examples.length === 0) throw noRowsError(path, opened.badRows());
  return {
    fileName: path,
    examples,
    blankLines: facts?.blankRows ?? 0,
    ...(facts?.trimmedLabels !== undefined && { trimmedLabels: facts.trimmedLabels }),
    notes: [...opened.notes, ...opened.readNotes()],
    ...(given.header === true && opened.layout.header && { header: opened.layout.columns }),
    layout: opened.layout,
  };
}

const EXTENSIONS = ["csv", "jsonl", "ndjson", "json", "parquet", "tsv", "txt"];
const STEMS: Readonly<Partial<Record<SetName, readonly string[]>>> = {
  train: ["train", "training"],
  dev: ["dev", "valid", "validation", "val", "eval"],
  test: ["test"],
};

/** Finds the table of a set by its usual names. */
async function findTable(
  directory: FileSource,
  set: SetName,
): Promise<{ readonly name: string; readonly bytes: Uint8Array } | undefined> {
  for (const stem of STEMS[set] ?? [])
    for (const extension of EXTENSIONS)
      for (const compression of ["", ".gz", ".zst"]) {
        const name = `${stem}.${extension}${compression}`;
        const bytes = await directory.read(name);
        if (bytes !== undefined) return { name, bytes };
      }
  return undefined;
}

/**
 * Converts a file to UTF-8 with lines that end with a line feed.
 *
 * @throws BertieError "input/invalid-utf8" if the file has another encoding, which the message names
 */
function toUtf8(
  bytes: Uint8Array,
  path: string,
  { encoding, onBadRow }: TaskFileSettings,
): { readonly bytes: Uint8Array; readonly notes: readonly string[] } {
  const guess = encoding === undefined ? detectEncoding(bytes) : undefined;
  const isUtf16 = guess?.encoding.startsWith("utf-16") && guess.confidence === "certain";
  if (guess !== undefined && guess.encoding !== "utf-8" && !isUtf16 && onBadRow === "fail") {
    const known = guess.candidates.join(" or ");
    const language = guess.language === undefined ? "" : ` (${guess.language})`;
    const text = `${path}: the file is not valid UTF-8. It looks like ${known}${language}. Set the encoding (--encoding ${guess.encoding}), or save the file as UTF-8.`;
    throw new BertieError("input/invalid-utf8", text);
  }
  const label = encoding === undefined ? (isUtf16 ? guess!.encoding : "utf-8") : encodingOf(encoding);
  const notes: string[] = [];
  let utf8 = bytes;
  if (label !== "utf-8") {
    utf8 = new TextEncoder().encode(decodeAs(bytes, label, path));
    notes.push(`${path}: read as ${label.startsWith("utf-") ? label.toUpperCase() : label}`);
  }
  if (!utf8.includes(LINE_FEED) && utf8.includes(CARRIAGE_RETURN)) {
    utf8 = utf8.map((byte) => (byte === CARRIAGE_RETURN ? LINE_FEED : byte));
    notes.push(`${path}: lines end with a carriage return (CR)`);
  }
  return { bytes: utf8, notes };
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

function decodeAs(bytes: Uint8Array, label: string, path: string): string {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch (cause) {
    const text = `${path}: the file is not valid ${label}. Set another encoding (--encoding), or save the file as UTF-8.`;
    throw new BertieError("input/invalid-utf8", text, { cause });
  }
}
