import { BertieError, type ProblemType } from "@bertie/common";
import {
  type BadRows,
  columnTitle,
  createBadRowCounter,
  type InputExample,
  type OpenTable,
  quoteLabel,
  readRow,
} from "@bertie/data";

/** Reads the labels of the rows of a table. */
export interface LabelReader {
  readonly problemType: ProblemType;
  /** Names of the label columns in their order, if each label has a column. */
  readonly labels: readonly string[] | undefined;
  /** What was detected, one line per guess. */
  readonly guesses: readonly string[];
  /**
   * Returns the label, the labels or the value of a row.
   *
   * @param trim removes outer white space of a label
   * @param skip whether to return undefined for a row with an invalid label, instead of throwing an error
   */
  read(cells: readonly string[], line: number, trim: (label: string) => string, skip: boolean): Target | undefined;
  /** Returns the skipped rows so far; undefined if there are none. */
  skipped(): BadRows | undefined;
}

type Target = Pick<InputExample, "label" | "labels" | "value">;

/** Settings that determine how labels are read. */
export interface LabelSettings {
  readonly problemType?: ProblemType | undefined;
  readonly labelSeparator?: string | undefined;
}

/** Number of different numbers in a label column above which they are probably values instead of classes. */
const MAX_NUMBERS = 20;
/** Characters that often separate several labels in a cell. */
const SEPARATORS = ["|", ";", ",", "；", "，", "、", "/"];

/**
 * Creates the reader of a table's labels. The kind of problem is detected if it is not set: several label columns or JSON
 * lists are multi-label classification, everything else has a single label.
 *
 * @param columns indices of the label columns
 * @throws BertieError "input/doubtful-problem" if the labels may be values or may be several labels
 */
export function labelReader(table: OpenTable, columns: readonly number[], settings: LabelSettings): LabelReader {
  const [problemType, guesses] = problemTypeOf(table, columns, settings);
  const badRows = createBadRowCounter("skip");
  const parse = parserOf(table, columns, problemType, settings.labelSeparator);
  return {
    problemType,
    labels: columns.length > 1 ? columns.map((column) => table.columns[column]!.trim()) : undefined,
    guesses: [...guesses, ...absentSeparator(table, columns, settings.labelSeparator)],
    read: (cells, line, trim, skip) =>
      skip ? readRow(badRows, () => parse(cells, line, trim)) : parse(cells, line, trim),
    skipped: () => badRows.summary().badRows,
  };
}

/** Returns a line about a separator that no label in the first rows contains. */
function absentSeparator(table: OpenTable, columns: readonly number[], separator: string | undefined): string[] {
  if (separator === undefined || columns.length !== 1) return [];
  const cells = labelCells(table, columns[0]!);
  if (cells.length === 0 || cells.some((cell) => cell.includes(separator) || listOf(cell) !== undefined)) return [];
  const where = `${table.name}: ${columnTitle(table, columns[0]!)}`;
  return [
    `${where}: no label in the first ${cells.length} rows contains ${JSON.stringify(separator)} (--label-separator), so each has one label, such as ${quoteLabel(cells[0]!)}`,
  ];
}

function labelCells(table: OpenTable, column: number): readonly string[] {
  return table.sample.map((row) => (row.cells[column] ?? "").trim()).filter((cell) => cell !== "");
}

function problemTypeOf(
  table: OpenTable,
  columns: readonly number[],
  { problemType, labelSeparator }: LabelSettings,
): [ProblemType, readonly string[]] {
  if (problemType !== undefined) return [problemType, []];
  const multi = "multi_label_classification";
  if (columns.length > 1 || labelSeparator !== undefined) return [multi, []];
  const cells = labelCells(table, columns[0]!);
  if (cells.length > 0 && cells.every((cell) => listOf(cell) !== undefined))
    return [multi, [`${table.name}: several labels per row (--problem-type multi), because the labels are lists`]];
  const where = `${table.name}: ${columnTitle(table, columns[0]!)}`;
  const distinct = new Set(cells);
  const hasFractions = cells.some((cell) => !Number.isInteger(Number(cell)));
  if (cells.every(isNumber) && distinct.size > (hasFractions ? 2 : MAX_NUMBERS)) {
    const remedy =
      "Set problemType (--problem-type regression) to predict the number, or --problem-type single to use each number as a label.";
    throw new BertieError("input/doubtful-problem", `${where} contains ${distinct.size} different numbers. ${remedy}`);
  }
  const separator = probableSeparator(cells);
  if (separator !== undefined) {
    const example = JSON.stringify(cells.find((cell) => cell.includes(separator)));
    const remedy = `Set labelSeparator (--label-separator ${JSON.stringify(separator)}) to read several labels, or --problem-type single if each cell is one label.`;
    throw new BertieError(
      "input/doubtful-problem",
      `${where} may contain several labels, such as ${example}. ${remedy}`,
    );
  }
  return ["single_label_classification", []];
}

/**
 * Returns a separator that splits the cells into labels that are used again: at least a tenth of the cells contain it, there
 * are fewer labels than different cells, and every part occurs in at least two different cells on average.
 */
function probableSeparator(cells: readonly string[]): string | undefined {
  const distinct = [...new Set(cells)];
  return SEPARATORS.find((separator) => {
    const separated = cells.filter((cell) => cell.includes(separator)).length;
    if (separated < Math.max(2, cells.length / 10)) return false;
    const lists = distinct.map((cell) => cell.split(separator).map((part) => part.trim()));
    const parts = new Set(lists.flat());
    return parts.size < distinct.length && lists.flat().length >= 2 * parts.size && !parts.has("");
  });
}

function parserOf(
  table: OpenTable,
  columns: readonly number[],
  problemType: ProblemType,
  separator: string | undefined,
): (cells: readonly string[], line: number, trim: (label: string) => string) => Target {
  const place = (line: number, column: number) => `${table.name}, line ${line}, ${columnTitle(table, column)}`;
  const [column] = columns as readonly [number];
  const cellOf = (cells: readonly string[]) => cells[column] ?? "";
  if (problemType === "regression")
    return (cells, line) => {
      const cell = cellOf(cells).trim();
      if (isNumber(cell)) return { value: Number(cell) };
      const text = `${place(line, column)}: expected a number, found ${quoteLabel(cell)}. Correct the value, delete the row, or set --on-bad-row skip.`;
      throw new BertieError("input/not-labels", text);
    };
  if (problemType === "single_label_classification")
    return (cells, line, trim) => {
      const label = trim(cellOf(cells));
      if (label !== "") return { label };
      const text = `${place(line, column)}: the label is empty. Fill it in, delete the row, or set --on-bad-row skip.`;
      throw new BertieError("input/empty-label", text);
    };
  if (columns.length > 1)
    return (cells, line) => {
      const labels = columns.filter((label) => {
        const cell = (cells[label] ?? "").trim().toLowerCase();
        if (TRUE.has(cell) || FALSE.has(cell)) return TRUE.has(cell);
        const text = `${place(line, label)}: expected 0 or 1, found ${quoteLabel(cells[label] ?? "")}. Correct the value, or choose other columns (--label-column).`;
        throw new BertieError("input/not-labels", text);
      });
      return { labels: labels.map((label) => table.columns[label]!.trim()) };
    };
  return (cells, _line, trim) => {
    const cell = cellOf(cells);
    const parts = listOf(cell) ?? (separator === undefined ? [cell] : cell.split(separator));
    return { labels: [...new Set(parts.map(trim).filter((part) => part !== ""))] };
  };
}

const TRUE: ReadonlySet<string> = new Set(["1", "1.0", "true", "yes", "y", "x"]);
const FALSE: ReadonlySet<string> = new Set(["0", "0.0", "false", "no", "n", ""]);

function isNumber(cell: string): boolean {
  return cell !== "" && Number.isFinite(Number(cell));
}

/** Returns the labels of a cell that contains a JSON list, otherwise undefined. */
function listOf(cell: string): string[] | undefined {
  if (!/^\s*\[/.test(cell)) return undefined;
  try {
    const value: unknown = JSON.parse(cell);
    const isList = Array.isArray(value) && value.every((item) => ["string", "number"].includes(typeof item));
    return isList ? value.map(String) : undefined;
  } catch {
    return undefined;
  }
}
