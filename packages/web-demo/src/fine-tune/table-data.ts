import type { Example } from "@bertie/classifier";
import { BertieError, type ErrorCode } from "@bertie/common";
import {
  type Columns,
  chooseColumns,
  guessColumns,
  holdOut,
  type InputExample,
  type Role,
  readTable,
  type SplitSizes,
  type Table,
  tableExamples,
} from "@bertie/data";
import { languageOfText, scriptOf, type TextLanguage } from "../page/text-language.ts";
import { truncate } from "../page/truncate.ts";
import type { TrainingData } from "./training.ts";

const PREVIEW_ROWS = 6;
/** Maximum length of a cell in the preview, and number of rows that decide about the language of the texts. */
const [MAX_CELL, LANGUAGE_ROWS] = [300, 500];

/** First rows of a table, and the guessed roles of its columns. */
export interface TablePreview {
  readonly name: string;
  /** First rows, including the header. */
  readonly rows: readonly (readonly string[])[];
  readonly columns: Columns;
  /** Why the roles could not be guessed, in words; undefined if they could. */
  readonly doubt: string | undefined;
}

/** Summary of a table with the chosen columns. */
export interface TableReport {
  readonly name: string;
  readonly rows: number;
  /** Classes, the most frequent first. */
  readonly classes: readonly { readonly label: string; readonly rows: number }[];
  readonly language: TextLanguage | undefined;
  /** Number of rows without a label, and the line of the first one. */
  readonly emptyLabels: FoundRows;
  readonly emptyTexts: FoundRows;
  /** Sizes of the sets; undefined if the table cannot be used. */
  readonly sets: { readonly train: number; readonly heldOut: number } | undefined;
  /** Why the table cannot be used. */
  readonly fault: { readonly code: ErrorCode; readonly message: string } | undefined;
}

export interface FoundRows {
  readonly count: number;
  readonly line: number;
}

/** Columns of the opened table to train on. */
export interface TableChoice {
  readonly columns: Columns;
  readonly sizes: SplitSizes;
}

/** Training data from the table that the worker has opened. */
export interface OpenTableData {
  readonly name: string;
  readonly table: TableChoice;
}

/** Creates the holder of the user's table, which a worker keeps, so that a large table does not block the page. */
export function createTableData() {
  let table: Table | undefined;

  function opened(): Table {
    if (table !== undefined) return table;
    throw new BertieError("input/missing-file", "no table is open. Drop a table or choose a file.");
  }

  return {
    async open(file: File): Promise<TablePreview> {
      table = undefined;
      const bytes = new Uint8Array(await file.arrayBuffer());
      table = await readTable(file.name, bytes);
      const guess = guessColumns(table);
      const doubt = doubtOf(table, guess.header);
      const roles = doubt === undefined ? guess.roles : guess.roles.map((): Role => "none");
      const rows = table.rows.slice(0, PREVIEW_ROWS).map(({ cells }) => cells.map((cell) => truncate(cell, MAX_CELL)));
      return { name: table.name, rows, columns: { header: guess.header, roles }, doubt };
    },

    report({ columns, sizes }: TableChoice): TableReport {
      const { name, rows } = opened();
      const data = rows.slice(columns.header ? 1 : 0);
      const [text, label] = [columns.roles.indexOf("text"), columns.roles.indexOf("label")];
      const counts = new Map<string, number>();
      for (const { cells } of label < 0 ? [] : data) {
        const value = cells[label] ?? "";
        if (value.trim() !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      const emptyIn = (column: number): FoundRows => {
        const found = column < 0 ? [] : data.filter(({ cells }) => (cells[column] ?? "").trim() === "");
        return { count: found.length, line: found[0]?.line ?? 0 };
      };
      const texts = text < 0 ? [] : data.slice(0, LANGUAGE_ROWS).map(({ cells }) => cells[text] ?? "");
      return {
        ...{ name, rows: data.length },
        classes: Array.from(counts, ([value, count]) => ({ label: value, rows: count })).sort(
          (a, b) => b.rows - a.rows,
        ),
        language: text < 0 ? undefined : languageOfText(texts.join("\n")),
        ...{ emptyLabels: emptyIn(label), emptyTexts: emptyIn(text) },
        ...outcomeOf(() => split(opened(), { columns, sizes })),
      };
    },

    /**
     * Returns the rows, split into a training and a validation set.
     *
     * @throws BertieError "input/…" if the table cannot be used
     */
    trainingData(choice: TableChoice): TrainingData {
      const { name, labels, train, heldOut } = split(opened(), choice);
      const texts = train.slice(0, LANGUAGE_ROWS).map(({ textA }) => textA);
      // Japanese texts get the Chinese vocabulary, which also contains kana.
      const vocabulary = scriptOf(texts.join("\n")) === "latin" ? "en" : "zh";
      return { name, labels, vocabulary, train: train.map(exampleOf), evaluation: heldOut.map(exampleOf) };
    },
  };
}

function split(table: Table, { columns, sizes }: TableChoice) {
  const examples = tableExamples(table, columns);
  const blank = examples.find(({ label }) => label?.trim() === "");
  if (blank !== undefined)
    throw new BertieError(
      "input/empty-label",
      `${table.name}, line ${blank.source?.line}: the label is empty. Fill it in or delete the row.`,
    );
  return holdOut(table.name, examples, sizes);
}

function outcomeOf(splitTable: () => ReturnType<typeof split>): Pick<TableReport, "sets" | "fault"> {
  try {
    const { train, heldOut } = splitTable();
    return { sets: { train: train.length, heldOut: heldOut.length }, fault: undefined };
  } catch (error) {
    if (!(error instanceof BertieError)) throw error;
    return { sets: undefined, fault: { code: error.code, message: error.message } };
  }
}

/** Returns why the columns cannot be guessed. */
function doubtOf({ name, rows, columns: count }: Table, header: boolean): string | undefined {
  const sample = rows.slice(header ? 1 : 0, 2000);
  const indices = Array.from({ length: count }, (_, column) => column);
  const columns = indices.map((column) => (header ? (rows[0]?.cells[column] ?? "") : `column ${column + 1}`));
  try {
    chooseColumns({ name, header, columns, sample, complete: sample.length === rows.length }, {});
    return undefined;
  } catch (error) {
    if (!(error instanceof BertieError)) throw error;
    return error.message;
  }
}

function exampleOf({ textA, textB, label = "" }: InputExample): Example {
  return { text: textA, ...(textB !== undefined && { pair: textB }), label };
}
