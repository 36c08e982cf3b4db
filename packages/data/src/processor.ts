import { BertieError, type ProblemType } from "@bertie/common";
import { type BadRows, createBadRowCounter, noRowsError, type OnBadRow, readRow } from "./bad-rows.ts";
import { createLabelTrimmer } from "./check/normalize.ts";
import { quoteLabel } from "./check/quote-label.ts";
import type { ExampleSet, InputExample } from "./example.ts";
import { CARRIAGE_RETURNS, hasCarriageReturn } from "./lines.ts";
import { type TableRow, tsvRows } from "./tsv.ts";

/** Name of a data set of a task. For mnli, `dev` and `test` are the matched sets, and `ax` is the diagnostic test set. */
export type SetName =
  | "train"
  | "dev"
  | "test"
  | "dev_matched"
  | "dev_mismatched"
  | "test_matched"
  | "test_mismatched"
  | "ax";

/** Official metric of a task, under its name in eval_results.txt. F1 is the F1 of label 1. */
export type TaskMetric = "accuracy" | "f1" | "macro_f1" | "matthews_correlation" | "pearson" | "spearman";

/** Columns of a file, as indices from 0. */
export interface Layout {
  /** Whether the first row is a header. */
  readonly header: boolean;
  readonly textA: number;
  readonly textB?: number;
  /** Column of the label, or of the value of regression. Absent if rows have no label. */
  readonly label?: number;
  /** Whether rows with too few columns are always skipped and counted. @default false */
  readonly skipShortRows?: boolean;
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
  readonly problemType: ProblemType;
  /** Official metrics of the task; the first one is the most important. */
  readonly metrics: readonly TaskMetric[];
  /** Labels in the order of their ids, one name for regression; undefined if they are collected from the training data. */
  readonly labels: readonly string[] | undefined;
  /** File name of each set, within the data directory. */
  readonly files: Readonly<Partial<Record<SetName, string>>>;
  /** Other file names of sets, which are read if the file in `files` does not exist. */
  readonly otherFiles?: Readonly<Partial<Record<SetName, readonly string[]>>>;
  /** Sets to evaluate in addition to `dev`, if their files exist. */
  readonly otherDevSets?: readonly SetName[];
  /** Sets to predict for submissions in addition to `test`, if their files exist. */
  readonly otherTestSets?: readonly SetName[];
  /** File names of GLUE's submissions for test sets. */
  readonly submissions?: Readonly<Partial<Record<SetName, string>>>;
  /** Returns the layout of a file. Some sets have several layouts, which are detected from the rows, usually the first one. */
  layout(set: SetName, rows: Iterable<TableRow>): Layout;
}

/** Options of {@link readExamples}. */
export interface ReadOptions {
  /** Whether an unusable row is an error ("fail") or is skipped and counted ("skip"). @default "fail" */
  readonly onBadRow?: OnBadRow;
  /** Whether the first row is a header; only for tasks with any labels. @default as in the layout of the task */
  readonly header?: boolean | undefined;
  /** Whether rows may have an empty label, which is read as no label. @default false */
  readonly allowEmptyLabels?: boolean;
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
 * @throws BertieError "input/no-rows" if the file has no usable rows
 * @throws BertieError for a bad row, with file, line and, if applicable, column: "input/invalid-utf8",
 *   "input/line-too-long", "input/short-row", "input/nul-character", "input/empty-label", or "input/invalid-value" if the
 *   value of regression is not a number
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
  { onBadRow = "fail", header, allowEmptyLabels = false }: ReadOptions = {},
): ExampleSet {
  const badRows = createBadRowCounter(onBadRow);
  const shortRows = createBadRowCounter("skip");
  const readableRows = { [Symbol.iterator]: () => tsvRows(bytes, fileName, createBadRowCounter("skip")) };
  const ownLayout = processor.layout(set, readableRows);
  const isFree = processor.labels === undefined;
  const layout = isFree && header !== undefined ? { ...ownLayout, header } : ownLayout;
  const guidPrefix = fileNameOf(processor, set).replace(/\.tsv$/, "");
  const examples: InputExample[] = [];
  const labels = createLabelTrimmer();
  let extraColumnRows = 0;
  let blankLines = 0;
  const onBlankLine = () => {
    blankLines++;
  };

  const columns = namedColumns(layout);
  const needed = 1 + columns.at(-1)!.column;
  const facts = {
    layout,
    columns,
    needed,
    fileName,
    guidPrefix,
    trim: labels.trim,
    problemType: processor.problemType,
    allowEmptyLabels,
  };
  let index = 0;
  for (const row of tsvRows(bytes, fileName, badRows, onBlankLine)) {
    const isHeader = layout.header && index === 0;
    const isSkipped = layout.skipShortRows === true && row.cells.length < facts.needed;
    const hasMore = !isHeader && layout.columns !== undefined && row.cells.length > layout.columns;
    const read = () => {
      if (hasMore) refuseJoinedRows(row, fileName);
      return exampleOf(row, { ...facts, index });
    };
    const example = isHeader ? undefined : readRow(isSkipped ? shortRows : badRows, read);
    if (example !== undefined) examples.push(example);
    if (hasMore) extraColumnRows++;
    index++;
  }
  const skipped = addBadRows(badRows.summary(), shortRows.summary());
  if (examples.length === 0) throw noRowsError(fileName, skipped.badRows);
  const extra = extraColumnRows > 0 && { extraColumnRows };
  return { fileName, examples, blankLines, ...labels.summary(), ...extra, ...skipped };
}

/**
 * Throws if a row has more columns because it contains other rows that end with a carriage return.
 *
 * @throws BertieError "input/extra-columns"
 */
function refuseJoinedRows({ line, cells }: TableRow, fileName: string): void {
  if (!cells.some(hasCarriageReturn)) return;
  throw new BertieError("input/extra-columns", `${fileName}, line ${line}: ${CARRIAGE_RETURNS}`);
}

interface RowFacts {
  readonly layout: Layout;
  /** Columns of the layout, from left to right. */
  readonly columns: readonly NamedColumn[];
  /** Number of columns that a row needs. */
  readonly needed: number;
  readonly fileName: string;
  readonly guidPrefix: string;
  readonly trim: (label: string) => string;
  readonly problemType: ProblemType;
  readonly allowEmptyLabels: boolean;
  /** Index of the row in the file. */
  readonly index: number;
}

function exampleOf({ line, cells }: TableRow, facts: RowFacts): InputExample {
  const { layout, columns, needed, fileName, guidPrefix, trim, problemType, index } = facts;
  if (cells.length < needed) throw shortRow(fileName, line, cells.length, needed, layout);
  const nul = columns.find(({ column }) => cells[column]!.includes("\0"));
  if (nul) throw nulCharacter(fileName, line, nul.column + 1);
  const cell = layout.label === undefined ? undefined : trim(cells[layout.label]!);
  const label = facts.allowEmptyLabels && cell === "" ? undefined : cell;
  if (label === "") throw emptyLabel(fileName, line, layout.label! + 1);
  const value = problemType === "regression" && label !== undefined ? Number(label) : undefined;
  if (Number.isNaN(value)) throw notANumber(fileName, line, layout.label! + 1, label!);
  return {
    guid: `${guidPrefix}-${layout.guid === undefined ? index : cells[layout.guid]}`,
    textA: cells[layout.textA]!,
    ...(layout.textB !== undefined && { textB: cells[layout.textB]! }),
    ...(value !== undefined ? { value } : label !== undefined && { label }),
    source: { fileName, line },
  };
}

/** Adds the numbers of two counters of bad rows. */
function addBadRows(
  a: { readonly badRows?: BadRows },
  b: { readonly badRows?: BadRows },
): { readonly badRows?: BadRows } {
  if (a.badRows === undefined || b.badRows === undefined) return a.badRows === undefined ? b : a;
  return { badRows: { count: a.badRows.count + b.badRows.count, first: a.badRows.first } };
}

const COLUMN_NAMES = [
  ["guid", "index"],
  ["label", "label"],
  ["textA", "text"],
  ["textB", "second text"],
] as const;

interface NamedColumn {
  readonly column: number;
  readonly name: string;
}

/** Returns the columns of a layout, from left to right. */
function namedColumns(layout: Layout): NamedColumn[] {
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

function notANumber(fileName: string, line: number, column: number, cell: string): BertieError {
  return new BertieError(
    "input/invalid-value",
    `${fileName}, line ${line}, column ${column}: expected a number, found ${quoteLabel(cell)}. Correct the row.`,
  );
}
