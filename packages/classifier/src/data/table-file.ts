import { BertieError, type ProblemType } from "@bertie/common";
import {
  type BadRows,
  badRowsNote,
  type ChosenColumns,
  type ColumnReference,
  type ColumnRequest,
  chooseColumns,
  createLabelTrimmer,
  type FileFacts,
  type InputExample,
  layoutOf,
  type OnBadRow,
  type OpenTable,
  openTable,
  type TableOptions,
} from "@bertie/data";
import { type FileInput, tableSourceOf } from "./file-input.ts";
import { type LabelReader, labelReader } from "./label-reader.ts";
import type { TrainingLayout } from "./training-layout.ts";

/**
 * Table of labeled texts: CSV, TSV, JSON, JSON Lines, Parquet or lines of text, which may be compressed with gzip or
 * Zstandard. Everything that is not set is detected; a note reports what was detected.
 */
export interface TableFile extends Omit<TableOptions, "onBadRow" | "like"> {
  /** Path (Node, Deno, Bun), URL, contents or stream of the table, or several tables with the same columns. */
  readonly file: FileInput | readonly FileInput[];
  /** Column of the text, by name or by index from 0. @default detected */
  readonly text?: ColumnReference | undefined;
  /** Column of the second text of a pair, by name or by index from 0. @default detected */
  readonly pair?: ColumnReference | undefined;
  /** Column of the label, or one column of 0 and 1 per label, by name or by index from 0. @default detected */
  readonly label?: ColumnReference | readonly ColumnReference[] | undefined;
  /** Column with the ids of the examples, by name or by index from 0. @default detected, otherwise numbers from 0 */
  readonly id?: ColumnReference | undefined;
  /** Column of a group that splits keep together, by name or by index from 0. @default no groups */
  readonly group?: ColumnReference | undefined;
  /** Kind of problem. @default detected from the labels */
  readonly problemType?: ProblemType | undefined;
  /** Separator between the labels in a cell, in multi-label classification. @default one label per cell */
  readonly labelSeparator?: string | undefined;
  /** Whether an invalid row is an error ("fail") or is skipped ("skip"). @default "fail" */
  readonly onBadRow?: OnBadRow | undefined;
  /** Columns of another table, such as the training table, which are used as far as the table has them. @default none */
  readonly like?: TrainingLayout | undefined;
  /** Whether the table must have pairs of texts, or must not have them. @default as in `like`, otherwise detected */
  readonly needsPair?: boolean | undefined;
}

/** Opened tables of a set, whose examples can be read once. */
export interface TableSet {
  /** Name of the first table. */
  readonly fileName: string;
  readonly problemType: ProblemType;
  /** Names of the label columns in their order, if each label has a column. */
  readonly labels: readonly string[] | undefined;
  /** Columns of the first table. */
  readonly layout: TrainingLayout;
  /** What was detected, one line per guess. */
  readonly notes: readonly string[];
  /** Yields the examples of all tables. */
  examples(): AsyncGenerator<InputExample>;
  /** Returns facts about each table, once all examples have been read. */
  files(): readonly FileFacts[];
  /** Returns notes about each table, once all examples have been read. */
  readNotes(): readonly string[];
  /** Returns the skipped rows of all tables, once all examples have been read; undefined if no row was skipped. */
  badRows(): BadRows | undefined;
}

/**
 * Opens the tables of a set: detects their format and columns, without reading all rows.
 *
 * @param set name of the set, for the ids of examples
 * @param needsLabel whether every row needs a label; otherwise labels are not read
 * @throws BertieError "input/…" if a table cannot be read, or if a guess is doubtful
 *
 * @example
 * ```ts
 * import { openTableSet } from "@bertie/classifier";
 *
 * const file = new TextEncoder().encode("id,review\n7,Clean rooms\n8,Too loud\n");
 * const set = await openTableSet("test", { file }, false);
 * for await (const { id, textA } of set.examples()) console.log(id, textA); // 7 Clean rooms, then 8 Too loud
 * ```
 */
export async function openTableSet(set: string, source: TableFile, needsLabel = true): Promise<TableSet> {
  const files = Array.isArray(source.file) ? (source.file as readonly FileInput[]) : [source.file as FileInput];
  const { onBadRow = "fail", problemType } = source;
  const hasSeparator = source.labelSeparator !== undefined;
  const kind = problemType ?? (hasSeparator ? "multi_label_classification" : undefined);
  const opened: (ChosenTable & { readonly reader: LabelReader })[] = [];
  for (const file of files) {
    const first = opened[0];
    const like = first?.table ?? source.like;
    const table = await openTable(await tableSourceOf(file), { ...source, onBadRow, like });
    const request =
      first === undefined
        ? source
        : { ...referencesTo(first, table), ...(source.id !== undefined && { id: source.id }) };
    const choose = (request: ColumnRequest) =>
      chooseColumns(table, {
        ...request,
        label: needsLabel ? request.label : existing(table, request.label),
        ...{ needsLabel, problemType: kind },
      });
    if (first !== undefined && first.table.header !== table.header)
      requireSamePlaces(first, { table, columns: choose(source) }, needsLabel);
    const columns = choose(request);
    const settings = { ...source, problemType: first?.reader.problemType ?? kind };
    const reader = needsLabel ? labelReader(table, columns.labels, settings) : NO_LABELS;
    opened.push({ table, columns, reader });
  }
  const trimmers = opened.map(() => createLabelTrimmer());
  async function* examples(): AsyncGenerator<InputExample> {
    let index = 0;
    for (const [i, { table, columns, reader }] of opened.entries()) {
      const skip = onBadRow === "skip";
      for await (const { line, cells } of table.rows()) {
        const labels = reader.read(cells, line, trimmers[i]!.trim, skip);
        if (labels === undefined) continue;
        yield {
          guid: columns.id === undefined ? `${set}-${index}` : (cells[columns.id] ?? ""),
          textA: cells[columns.text] ?? "",
          ...(columns.pair !== undefined && { textB: cells[columns.pair] ?? "" }),
          ...labels,
          ...(columns.id !== undefined && { id: cells[columns.id] ?? "" }),
          ...(columns.group !== undefined && { group: cells[columns.group] ?? "" }),
          source: { fileName: table.name, line },
        };
        index++;
      }
    }
  }
  const { table, columns, reader } = opened[0]!;
  const { labelSeparator } = source;
  return {
    fileName: table.name,
    problemType: reader.problemType,
    labels: reader.labels,
    layout: { ...layoutOf(table, columns), ...(labelSeparator !== undefined && { labelSeparator }) },
    notes: opened.flatMap(({ table, columns, reader }) => [...table.guesses, ...columns.guesses, ...reader.guesses]),
    examples,
    files: () =>
      opened.map(({ table, reader }, i) => {
        const { blankLines } = table.summary();
        const badRows = skippedBy(table, reader);
        return {
          fileName: table.name,
          blankRows: blankLines,
          badRows: badRows?.count ?? 0,
          ...trimmers[i]!.summary(),
        };
      }),
    readNotes: () =>
      opened.flatMap(({ table, reader }) => {
        const { notes } = table.summary();
        const badRows = skippedBy(table, reader);
        return badRows === undefined ? notes : [...notes, badRowsNote(table.name, badRows)];
      }),
    badRows: () => mergeBadRows(opened.map(({ table, reader }) => skippedBy(table, reader))),
  };
}

const NO_LABELS: LabelReader = {
  problemType: "single_label_classification",
  labels: undefined,
  guesses: [],
  read: () => ({}),
  skipped: () => undefined,
};

/** Returns the rows that a table and the reader of its labels have skipped. */
function skippedBy(table: OpenTable, reader: LabelReader): BadRows | undefined {
  return mergeBadRows([table.summary().badRows, reader.skipped()]);
}

/** Adds up skipped rows, and returns the first error of the first place that has one. */
function mergeBadRows(places: readonly (BadRows | undefined)[]): BadRows | undefined {
  const found = places.filter((each) => each !== undefined);
  const [first] = found;
  return first && { count: found.reduce((sum, { count }) => sum + count, 0), first: first.first };
}

/** Table with its chosen columns. */
interface ChosenTable {
  readonly table: OpenTable;
  readonly columns: ChosenColumns;
}

/** Returns the requested label columns if the table has them. Labels that are not needed may be missing. */
function existing({ columns }: OpenTable, label: ColumnRequest["label"]): ColumnRequest["label"] {
  const isMissing = [label].flat().some((each) => typeof each === "string" && !columns.includes(each));
  return isMissing ? undefined : label;
}

/**
 * Checks that tables of which only one has a header have the same columns in the same places.
 *
 * @throws BertieError "input/doubtful-header"
 */
function requireSamePlaces(first: ChosenTable, other: ChosenTable, needsLabel: boolean): void {
  const [a, b] = [first.columns, other.columns];
  const isSame = a.text === b.text && a.pair === b.pair && (!needsLabel || a.labels.join() === b.labels.join());
  if (isSame && first.table.columns.length === other.table.columns.length) return;
  const [has, hasNot] = first.table.header ? [first, other] : [other, first];
  const text = `${has.table.name} has a header, but ${hasNot.table.name} has none, and their columns are not in the same places. Add the header to ${hasNot.table.name}, or set --header or --no-header.`;
  throw new BertieError("input/doubtful-header", text);
}

/** Returns the columns of the first table, by name if both tables have names, to be found in another table. */
function referencesTo(
  first: ChosenTable,
  other: OpenTable,
): Pick<TableFile, "text" | "pair" | "label" | "id" | "group" | "like"> {
  const named = first.table.header && other.header;
  const reference = (index: number) => (named ? first.table.columns[index]! : index);
  const { text, pair, labels, id, group } = first.columns;
  return {
    text: reference(text),
    ...(pair !== undefined && { pair: reference(pair) }),
    label: labels.map(reference),
    ...(id !== undefined && !named && first.table.columns.length === other.columns.length && { id }),
    // Ids and the absence of a second text are as in the first table, if this table has the columns.
    like: layoutOf(first.table, first.columns),
    ...(group !== undefined && { group: reference(group) }),
  };
}
