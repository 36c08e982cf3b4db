/** A number, possibly with a sign, a decimal point or comma, an exponent or a percent sign. */
const NUMBER = /^[-+]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:e[-+]?\d+)?%?$/i;
const DATE =
  /^\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[-+]\d{2}:?\d{2})?)?$|^\d{1,2}:\d{2}(?::\d{2})?$/;

export function isNumber(cell: string): boolean {
  return NUMBER.test(cell.trim());
}

/** Returns whether a cell is a number, a date or a time. */
export function isNumberOrDate(cell: string): boolean {
  return isNumber(cell) || DATE.test(cell.trim());
}

/** Properties of the values of a column. */
export interface ColumnStatistics {
  /** Number of rows, including rows with a blank cell. */
  readonly rows: number;
  /** Number of cells that are not blank. */
  readonly filled: number;
  /** Number of different values that are not blank, without outer white space. */
  readonly distinct: number;
  /** Mean length of the cells that are not blank. Ideographs and syllables count as three characters. */
  readonly meanLength: number;
  readonly minLength: number;
  /** Whether all cells that are not blank are numbers or dates. */
  readonly numeric: boolean;
  /** Whether all cells that are not blank are dates, times or numbers with a fraction, which are not labels. */
  readonly measured: boolean;
  /** Number of occurrences of each value. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Computes the properties of a column. */
export function columnStatistics(rows: readonly (readonly string[])[], column: number): ColumnStatistics {
  const counts = new Map<string, number>();
  let total = 0;
  let minLength = Number.POSITIVE_INFINITY;
  let numeric = true;
  let measured = true;
  let filled = 0;
  for (const cells of rows) {
    const value = (cells[column] ?? "").trim();
    if (value === "") continue;
    filled++;
    counts.set(value, (counts.get(value) ?? 0) + 1);
    const length = lengthOf(value);
    total += length;
    minLength = Math.min(minLength, length);
    numeric &&= isNumberOrDate(value);
    measured &&= DATE.test(value) || /^[-+]?\d*[.,]\d{2,}$/.test(value);
  }
  return {
    rows: rows.length,
    filled,
    distinct: counts.size,
    meanLength: total / Math.max(filled, 1),
    minLength: filled === 0 ? 0 : minLength,
    numeric: numeric && filled > 0,
    measured: measured && filled > 0,
    counts,
  };
}

/** Returns the length of a text, in which an ideograph or a syllable counts as three letters. */
export function lengthOf(text: string): number {
  const wide = text.match(/[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]/g)?.length ?? 0;
  return text.length + 2 * wide;
}

/** Returns whether the values of a column look like labels, numbers or short names, rather than parts of texts. */
export function isStructured({ rows, filled, distinct, meanLength, numeric }: ColumnStatistics): boolean {
  if (filled === 0 || filled < 0.5 * rows) return false;
  return numeric || (distinct <= rows / 2 && meanLength <= 40);
}

/** Returns a text quoted for a message, and shortened to about 40 characters. */
export function quoted(text: string): string {
  const characters = Array.from(text);
  return JSON.stringify(characters.length <= 40 ? text : `${characters.slice(0, 39).join("")}…`);
}
