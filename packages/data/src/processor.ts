import { BertieError } from "@bertie/common";
import { createBadRowCounter, noRows, type OnBadRow, readRow } from "./bad-rows.ts";
import type { ExampleSet, InputExample } from "./example.ts";
import { type TableRow, tsvRows } from "./tsv.ts";

/** Which part of a task's data; for mnli, `dev` and `test` mean the matched ones. */
export type SetName = "train" | "dev" | "test" | "dev_matched" | "dev_mismatched" | "test_matched" | "test_mismatched";

/** Where a file's rows hold what, as column indices from 0. */
export interface Layout {
  /** The first row names the columns. */
  readonly header: boolean;
  readonly textA: number;
  readonly textB?: number;
  /** Absent where rows have no label. */
  readonly label?: number;
  /** The column that numbers the rows in guids; without it, their index in the file, a header being row 0. */
  readonly guid?: number;
}

/** How a task keeps its data. */
export interface Processor {
  readonly taskName: string;
  /** The labels in the order of their ids; undefined where the training data tell. */
  readonly labels: readonly string[] | undefined;
  readonly files: Readonly<Partial<Record<SetName, string>>>;
  /** Told by the rows where files of one set come in more than one layout; most need to see the first alone. */
  layout(set: SetName, rows: Iterable<TableRow>): Layout;
}

/**
 * The name of the file that holds a set, within the data directory.
 *
 * @throws BertieError "config/unknown-set" where the task has no such set
 */
export function fileNameOf(processor: Processor, set: SetName): string {
  const fileName = processor.files[set];
  if (fileName !== undefined) return fileName;
  const known = Object.keys(processor.files).join(", ");
  throw new BertieError("config/unknown-set", `task ${processor.taskName} has no set "${set}"; it has ${known}`);
}

/**
 * Reads the examples of one set from its file.
 *
 * @param bytes the file's contents
 * @param fileName what messages call the file; by default its name in the data directory
 * @param options.onBadRow "skip" leaves rows out that cannot be used, and counts them
 * @throws BertieError "input/no-rows"; for a bad row "input/invalid-utf8", "input/line-too-long", "input/short-row",
 * "input/nul-character" or "input/empty-label", which name file, line and, where it is one, the column
 */
export function readExamples(
  processor: Processor,
  set: SetName,
  bytes: Uint8Array,
  fileName: string = fileNameOf(processor, set),
  { onBadRow = "fail" }: { readonly onBadRow?: OnBadRow } = {},
): ExampleSet {
  const badRows = createBadRowCounter(onBadRow);
  const anyRows = { [Symbol.iterator]: () => tsvRows(bytes, fileName, createBadRowCounter("skip")) };
  const layout = processor.layout(set, anyRows);
  const guidPrefix = fileNameOf(processor, set).replace(/\.tsv$/, "");
  const examples: InputExample[] = [];
  let blankLines = 0;
  const onBlankLine = () => {
    blankLines++;
  };

  let index = 0;
  for (const row of tsvRows(bytes, fileName, badRows, onBlankLine)) {
    const isHeader = layout.header && index === 0;
    const example = isHeader
      ? undefined
      : readRow(badRows, () => exampleOf(row, layout, `${guidPrefix}-`, index, fileName));
    if (example !== undefined) examples.push(example);
    index++;
  }
  if (examples.length === 0) throw noRows(fileName, badRows.found());
  return { fileName, examples, blankLines, ...badRows.found() };
}

function exampleOf(
  { line, cells }: TableRow,
  layout: Layout,
  guidPrefix: string,
  index: number,
  fileName: string,
): InputExample {
  const columns = namedColumns(layout);
  const needed = 1 + columns.at(-1)!.column;
  if (cells.length < needed) throw shortRow(fileName, line, cells.length, needed, layout);
  const nul = columns.find(({ column }) => cells[column]!.includes("\0"));
  if (nul) throw nulCharacter(fileName, line, nul.column + 1);
  if (layout.label !== undefined && cells[layout.label] === "") throw emptyLabel(fileName, line, layout.label + 1);
  return {
    guid: `${guidPrefix}${layout.guid === undefined ? index : cells[layout.guid]}`,
    textA: cells[layout.textA]!,
    ...(layout.textB !== undefined && { textB: cells[layout.textB]! }),
    ...(layout.label !== undefined && { label: cells[layout.label]! }),
    source: { fileName, line },
  };
}

const COLUMN_NAMES = [
  ["guid", "index"],
  ["label", "label"],
  ["textA", "text"],
  ["textB", "second text"],
] as const;

/** The columns that a layout uses, from left to right. */
function namedColumns(layout: Layout): { column: number; name: string }[] {
  return COLUMN_NAMES.flatMap(([key, name]) => {
    const column = layout[key];
    return column === undefined ? [] : [{ column, name }];
  }).sort((a, b) => a.column - b.column);
}

function shortRow(fileName: string, line: number, found: number, needed: number, layout: Layout): BertieError {
  const columns = namedColumns(layout).map(({ column, name }) => `${name} in column ${column + 1}`);
  return new BertieError(
    "input/short-row",
    `${fileName}, line ${line}: the row has ${found} column${found === 1 ? "" : "s"} and ${needed} are needed ` +
      `(${columns.join(", ")}); columns are split at tabs`,
  );
}

/** The 2018 script refused them too. */
function nulCharacter(fileName: string, line: number, column: number): BertieError {
  return new BertieError(
    "input/nul-character",
    `${fileName}, line ${line}, column ${column}: there is a NUL character; is the file UTF-16, or no text? Save it as UTF-8`,
  );
}

function emptyLabel(fileName: string, line: number, column: number): BertieError {
  return new BertieError(
    "input/empty-label",
    `${fileName}, line ${line}, column ${column}: the label is empty; fill it in or delete the row`,
  );
}
