import { type ColumnStatistics, columnStatistics, isNumberOrDate, isStructured, lengthOf } from "./cells.ts";
import { isColumnName } from "./column-names.ts";

/** Whether the first row of a table is a header, detected from the sample. */
export interface HeaderGuess {
  readonly header: boolean;
  readonly confidence: "certain" | "doubtful";
}

/** Evidence that makes a guess certain. */
const CERTAIN = 2;
const MAX_NAME_LENGTH = 40;

/**
 * Detects whether the first row is a header. A header has different, short names: common names such as `text`, words above
 * numbers, a value that never occurs among repeating labels, or a cell much shorter than the texts below.
 *
 * @param rows first rows of the table
 */
export function detectHeader(rows: readonly (readonly string[])[]): HeaderGuess {
  const [first = [], ...data] = rows;
  const names = first.map((cell) => cell.trim());
  if (isCount(names) && names.some((_, column) => !columnStatistics(data, column).numeric))
    return { header: true, confidence: "doubtful" };
  if (names.some((name) => name !== "" && isNumberOrDate(name))) return { header: false, confidence: "certain" };
  const isDistinct = new Set(names).size === names.length || names.every(isColumnName);
  if (!isDistinct || names.every((name) => name === "") || names.some((name) => lengthOf(name) > 3 * MAX_NAME_LENGTH))
    return { header: false, confidence: "certain" };
  const columns = names.map((name, column) => evidenceOf(name, columnStatistics(data, column)));
  const evidence = columns.reduce((sum, each) => sum + each, 0);
  const blank = names.filter((name) => name === "").length;
  const total = evidence - (blank > 1 ? 2 : 0);
  return { header: total > 0, confidence: Math.abs(total) >= CERTAIN ? "certain" : "doubtful" };
}

/** Returns whether names are 0, 1, 2, … in order, maybe after a blank, as pandas names columns that have no names. */
function isCount(names: readonly string[]): boolean {
  const numbers = names[0] === "" ? names.slice(1) : names;
  return numbers.length > 1 && numbers.every((name, index) => name === String(index));
}

/** Returns the evidence that the first cell of a column is a header; negative values are evidence against it. */
function evidenceOf(name: string, column: ColumnStatistics): number {
  const { rows, filled, distinct, meanLength, minLength, numeric, counts } = column;
  if (name === "") return 0;
  const repeats = counts.get(name) ?? 0;
  if (isColumnName(name)) return repeats === 0 ? 3 : repeats > 1 ? -3 : 1;
  if (filled === 0) return 0;
  if (numeric) return 4;
  if (repeats > 0) return isStructured(column) || repeats > 1 ? -4 : -2;
  const length = lengthOf(name);
  const isName = isNameLike(name);
  if (isStructured(column)) {
    // The first of n labels is missing from the other rows by chance only if it is rare.
    const perLabel = filled / distinct;
    return isName ? Math.min(perLabel / 2, 2.5) : Math.min(perLabel / 2, 1) - 1;
  }
  if (!isName) return length > MAX_NAME_LENGTH || /[.!?。！？]\s*$/.test(name) || length > 0.5 * meanLength ? -4 : -1;
  if (meanLength >= 20 && length < 0.6 * minLength) return rows >= 3 ? 2 : 1;
  if (meanLength >= 20 && length < 0.35 * meanLength) return 1;
  return length > 0.6 * meanLength ? -1 : 0;
}

/** Returns whether a cell looks like the name of a column: a few words without punctuation of sentences. */
function isNameLike(cell: string): boolean {
  return lengthOf(cell) <= MAX_NAME_LENGTH && cell.split(/\s+/).length <= 4 && !/[.!?,;。！？，、…"“”]/.test(cell);
}
