import { BertieError } from "@bertie/common";
import { createBadRowCounter, noRowsError, type OnBadRow, readRow } from "./bad-rows.ts";
import { createLabelTrimmer } from "./check/normalize.ts";
import type { ExampleSet, InputExample } from "./example.ts";
import { type TableRow, tsvRows } from "./tsv.ts";

/** Name of a data set of a task. For mnli, `dev` and `test` are the matched sets. */
export type SetName = "train" | "dev" | "test" | "dev_matched" | "dev_mismatched" | "test_matched" | "test_mismatched";

/** Columns of a file, as indices from 0. */
export interface Layout {
  /** Whether the first row is a header. */
  readonly header: boolean;
  readonly textA: number;
  readonly textB?: number;
  /** Absent if rows have no label. */
  readonly label?: number;
  /** Number of columns of a file without additional columns. @default additional columns are usual */
  readonly columns?: number;
  /** Column with the number of each example for its guid. @default index of the row in the file, where a header is row 0 */
  readonly guid?: number;
}

/**
 * File names, labels and layouts of a task. Corresponds to `DataProcessor` in the 2018 script `run_classifier` and in Hugging
 * Face's transformers.
 */
export interface Processor {
  readonly taskName: string;
  /** Labels in the order of their ids; undefined if they are collected from the training data. */
  readonly labels: readonly string[] | undefined;
  /** File name of each set, within the data directory. */
  readonly files: Readonly<Partial<Record<SetName, string>>>;
  /** Returns the layout of a file. Some sets have several layouts, which are detected from the rows, usually the first one. */
  layout(set: SetName, rows: Iterable<TableRow>): Layout;
}

/**
 * Returns the file name of a set, relative to the data directory.
 *
 * @throws BertieError "config/unknown-set" if the task does not have the set
 * @example
 * ```ts
 * import { fileNameOf, getProcessor } from "@bertie/data";
 *
 * console.log(fileNameOf(getProcessor("mnli"), "dev")); // "dev_matched.tsv"
 * ```
 */
export function fileNameOf(processor: Processor, set: SetName): string {
  const fileName = processor.files[set];
  if (fileName !== undefined) return fileName;
  const known = Object.keys(processor.files).join(", ");
  throw new BertieError("config/unknown-set", `task ${processor.taskName} has no set "${set}". Use one of: ${known}.`);
}

/**
 * Reads the examples of one set from the contents of its file.
 *
 * @param bytes contents of the file
 * @param fileName name of the file in error messages @default its name in the data directory
 * @param options `onBadRow: "skip"` skips and counts unusable rows; "fail", the default, throws
 * @throws BertieError "input/no-rows" if the file has no usable rows
 * @throws BertieError for a bad row, with file, line and, if applicable, column: "input/invalid-utf8",
 *   "input/line-too-long", "input/short-row", "input/nul-character" or "input/empty-label"
 * @example
 * ```ts
 * import { getProcessor, readExamples } from "@bertie/data";
 *
 * const bytes = new TextEncoder().encode("positive\t房间很干净\nnegative\t毛巾有霉味\n");
 * const { examples } = readExamples(getProcessor("news"), "train", bytes);
 * console.log(examples[0]?.label, examples[0]?.textA); // "positive" "房间很干净"
 * ```
 */
export function readExamples(
  processor: Processor,
  set: SetName,
  bytes: Uint8Array,
  fileName: string = fileNameOf(processor, set),
  options: { readonly onBadRow?: OnBadRow } = {},
): ExampleSet {
  const badRows = createBadRowCounter(options.onBadRow ?? "fail");
  const readableRows = { [Symbol.iterator]: () => tsvRows(bytes, fileName, createBadRowCounter("skip")) };
  const layout = processor.layout(set, readableRows);
  const guidPrefix = fileNameOf(processor, set).replace(/\.tsv$/, "");
  const examples: InputExample[] = [];
  const labels = createLabelTrimmer();
  let extraColumnRows = 0;
  let blankLines = 0;
  const onBlankLine = () => {
    blankLines++;
  };

  let index = 0;
  for (const row of tsvRows(bytes, fileName, badRows, onBlankLine)) {
    const isHeader = layout.header && index === 0;
    const example = isHeader
      ? undefined
      : readRow(badRows, () => exampleOf(row, layout, `${guidPrefix}-`, index, fileName, labels.trim));
    if (example !== undefined) examples.push(example);
    if (!isHeader && layout.columns !== undefined && row.cells.length > layout.columns) extraColumnRows++;
    index++;
  }
  if (examples.length === 0) throw noRowsError(fileName, badRows.summary());
  const extra = extraColumnRows > 0 && { extraColumnRows };
  return { fileName, examples, blankLines, ...labels.summary(), ...extra, ...badRows.summary() };
}

function exampleOf(
  { line, cells }: TableRow,
  layout: Layout,
  guidPrefix: string,
  index: number,
  fileName: string,
  trim: (label: string) => string,
): InputExample {
  const columns = namedColumns(layout);
  const needed = 1 + columns.at(-1)!.column;
  if (cells.length < needed) throw shortRow(fileName, line, cells.length, needed, layout);
  const nul = columns.find(({ column }) => cells[column]!.includes("\0"));
  if (nul) throw nulCharacter(fileName, line, nul.column + 1);
  const label = layout.label === undefined ? undefined : trim(cells[layout.label]!);
  if (label === "") throw emptyLabel(fileName, line, layout.label! + 1);
  return {
    guid: `${guidPrefix}${layout.guid === undefined ? index : cells[layout.guid]}`,
    textA: cells[layout.textA]!,
    ...(layout.textB !== undefined && { textB: cells[layout.textB]! }),
    ...(label !== undefined && { label }),
    source: { fileName, line },
  };
}

const COLUMN_NAMES = [
  ["guid", "index"],
  ["label", "label"],
  ["textA", "text"],
  ["textB", "second text"],
] as const;

/** Returns the columns of a layout, from left to right. */
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
    `${fileName}, line ${line}: expected at least ${needed} column${needed === 1 ? "" : "s"} (${columns.join(", ")}), ` +
      `found ${found}. Check that columns are separated by tabs.`,
  );
}

/** Returns the error for a cell with a NUL character, which the 2018 script `run_classifier` also rejects. */
function nulCharacter(fileName: string, line: number, column: number): BertieError {
  return new BertieError(
    "input/nul-character",
    `${fileName}, line ${line}, column ${column}: the cell contains a NUL character. Check that the file is text, and save it as UTF-8.`,
  );
}

function emptyLabel(fileName: string, line: number, column: number): BertieError {
  return new BertieError(
    "input/empty-label",
    `${fileName}, line ${line}, column ${column}: the label is empty. Fill it in or delete the row.`,
  );
}
