import type { ProblemType } from "@bertie/common";
import {
  type ChosenColumns,
  type ColumnReference,
  chooseColumns,
  createLabelTrimmer,
  type FileFacts,
  type InputExample,
  type OnBadRow,
  type OpenTable,
  openTable,
  type TableOptions,
} from "@bertie/data";
import { type FileInput, tableSourceOf } from "./file-input.ts";
import { type LabelReader, labelReader } from "./label-reader.ts";

/**
 * Table of labeled texts: CSV, TSV, JSON, JSON Lines, Parquet or lines of text, which may be compressed with gzip or
 * Zstandard. Everything that is not set is detected; a note reports what was detected.
 */
export interface TableFile extends Omit<TableOptions, "onBadRow"> {
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
}

/** Opened tables of a set, whose examples can be read once. */
export interface TableSet {
  /** Name of the first table. */
  readonly fileName: string;
  readonly problemType: ProblemType;
  /** Names of the label columns in their order, if each label has a column. */
  readonly labels: readonly string[] | undefined;
  /** Names of the columns of the first table; undefined without a header. */
  readonly columns: readonly string[] | undefined;
  /** What was detected, one line per guess. */
  readonly notes: readonly string[];
  /** Yields the examples of all tables. */
  examples(): AsyncGenerator<InputExample>;
  /** Returns facts about each table, once all examples have been read. */
  files(): readonly FileFacts[];
  /** Returns notes about each table, once all examples have been read. */
  readNotes(): readonly string[];
}

/**
 * Opens the tables of a set: detects their format and columns, without reading all rows.
 *
 * @param set name of the set, for the ids of examples
 * @param needsLabel whether every row needs a label; otherwise labels are not read
 * @throws BertieError "input/…" if a table cannot be read, or if a guess is doubtful
 * @example
 * ```ts
 * import { openTableSet } from "@bertie/classifier";
 *
 * const file = new File(["review,outcome\nGood room,positive\nBad room,negative\n"], "reviews.csv");
 * const set = await openTableSet("train", { file, text: "review", label: "outcome" });
 * for await (const { textA, label } of set.examples()) console.log(textA, label); // Good room positive, Bad room negative
 * ```
 */
export async function openTableSet(set: string, source: TableFile, needsLabel = true): Promise<TableSet> {
  const files = Array.isArray(source.file) ? (source.file as readonly FileInput[]) : [source.file as FileInput];
  const { onBadRow = "fail", problemType } = source;
  const hasSeparator = source.labelSeparator !== undefined;
  const kind = problemType ?? (hasSeparator ? "multi_label_classification" : undefined);
  const opened: { readonly table: OpenTable; readonly columns: ChosenColumns; readonly reader: LabelReader }[] = [];
  for (const file of files) {
    const table = await openTable(await tableSourceOf(file), { ...source, onBadRow });
    const first = opened[0];
    const request = first === undefined ? source : referencesTo(first, table);
    const label = needsLabel ? request.label : undefined;
    const columns = chooseColumns(table, { ...request, label, needsLabel, problemType: kind });
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
          ...(columns.group !== undefined && { group: cells[columns.group] ?? "" }),
          source: { fileName: table.name, line },
        };
        index++;
      }
    }
  }
  const { table, reader } = opened[0]!;
  return {
    fileName: table.name,
    problemType: reader.problemType,
    labels: reader.labels,
    columns: table.header ? table.columns : undefined,
    notes: opened.flatMap(({ table, columns, reader }) => [...table.guesses, ...columns.guesses, ...reader.guesses]),
    examples,
    files: () =>
      opened.map(({ table, reader }, i) => {
        const { blankLines, badRows } = table.summary();
        return {
          fileName: table.name,
          blankRows: blankLines,
          badRows: (badRows?.count ?? 0) + reader.skipped().length,
          ...trimmers[i]!.summary(),
        };
      }),
    readNotes: () =>
      opened.flatMap(({ table, reader }) => {
        const { notes, badRows } = table.summary();
        const messages = [...(badRows === undefined ? [] : [badRows.first]), ...reader.skipped()];
        const count = (badRows?.count ?? 0) + reader.skipped().length;
        const skipped = `${table.name}: skipped ${count} bad row${count === 1 ? "" : "s"}. First bad row: ${messages[0]}`;
        return count === 0 ? notes : [...notes, skipped];
      }),
  };
}

const NO_LABELS: LabelReader = {
  problemType: "single_label_classification",
  labels: undefined,
  guesses: [],
  read: () => ({}),
  skipped: () => [],
};

/** Returns the columns of the first table, by name if both tables have names, to be found in another table. */
function referencesTo(
  first: { readonly table: OpenTable; readonly columns: ChosenColumns },
  other: OpenTable,
): Pick<TableFile, "text" | "pair" | "label" | "id" | "group"> {
  const named = first.table.header && other.header;
  const reference = (index: number) => (named ? first.table.columns[index]! : index);
  const { text, pair, labels, id, group } = first.columns;
  return {
    text: reference(text),
    ...(pair !== undefined && { pair: reference(pair) }),
    label: labels.map(reference),
    ...(id !== undefined && { id: reference(id) }),
    ...(group !== undefined && { group: reference(group) }),
  };
}
