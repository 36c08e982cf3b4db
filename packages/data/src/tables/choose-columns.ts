import { BertieError, didYouMean, type ProblemType } from "@bertie/common";
import { type ColumnStatistics, columnStatistics, quoted } from "./cells.ts";
import { isGroupName, isIdName, normalizeName, pairOf, rankOf } from "./column-names.ts";
import { findKnownColumns, type TableLayout } from "./table-layout.ts";

/** Column of a table: its name, its number as `column 1`, or its index from 0. */
export type ColumnReference = string | number;

/** Requested columns. Columns that are not requested are guessed. */
export interface ColumnRequest {
  readonly text?: ColumnReference | undefined;
  readonly pair?: ColumnReference | undefined;
  /** One column, or several columns of multi-label classification. */
  readonly label?: ColumnReference | readonly ColumnReference[] | undefined;
  readonly id?: ColumnReference | undefined;
  readonly group?: ColumnReference | undefined;
  /** Whether the label is needed; texts to be classified have none. @default true */
  readonly needsLabel?: boolean | undefined;
  /** Whether pairs of texts are needed: two texts, or exactly one. @default as in `like`, otherwise detected */
  readonly needsPair?: boolean | undefined;
  /** Layout of another table, such as the training table, which is used as far as the table has the same columns. */
  readonly like?: TableLayout | undefined;
  /** Kind of problem. The label of "regression" may differ in every row. @default "single_label_classification" */
  readonly problemType?: ProblemType | undefined;
}

/** Columns by role, as indices from 0. */
export interface ChosenColumns {
  readonly text: number;
  readonly pair?: number;
  /** Columns of the labels: one, except for multi-label classification; empty if no label is needed and none is found. */
  readonly labels: readonly number[];
  readonly id?: number;
  readonly group?: number;
  /** One line for each guess, such as `reviews.csv: text: column "review" (2), label: column "stars" (3)`. */
  readonly guesses: readonly string[];
}

/** Properties of a table that determine the choice of columns. */
export interface ColumnSample {
  readonly name: string;
  readonly header: boolean;
  readonly columns: readonly string[];
  /** First rows, without the header. */
  readonly sample: readonly { readonly cells: readonly string[] }[];
  /** Whether the sample has all rows. @default true */
  readonly complete?: boolean;
}

/** Maximum number of labels. A column with more distinct values contains texts or row numbers. */
export const MAX_LABELS = 100;
const MAX_LABEL_LENGTH = 60;
/** Number of rows from which labels are expected to repeat. */
const MIN_ROWS = 20;

interface Column extends ColumnStatistics {
  readonly index: number;
  readonly name: string;
}

/**
 * Chooses the columns of text and label: the requested ones, otherwise by their names, otherwise by their values. Guesses are
 * returned as lines to print.
 *
 * @throws BertieError "input/no-column" if a requested column does not exist, or no column fits
 * @throws BertieError "input/doubtful-column" if several columns fit equally well, or a guessed column looks wrong
 * @example
 * ```ts
 * import { bytesSource, chooseColumns, openTable } from "@bertie/data";
 *
 * const csv = "id,review,stars\n1,Clean rooms,5\n2,Too loud,1\n3,Friendly staff,5\n";
 * const table = await openTable(bytesSource("reviews.csv", new TextEncoder().encode(csv)));
 * const { text, labels, guesses } = chooseColumns(table, {});
 * console.log(text, labels); // 1 [ 2 ]
 * console.log(guesses[0]); // reviews.csv: text: column "review" (2), label: column "stars" (3)
 * ```
 */
export function chooseColumns(table: ColumnSample, request: ColumnRequest): ChosenColumns {
  const { header, columns: names } = table;
  const rows = table.sample.map(({ cells }) => cells);
  if (rows.length === 0 && table.complete !== false)
    throw new BertieError("input/no-rows", `${table.name}: the table has no rows. Check that it is the right file.`);
  const columns = names.map((name, index): Column => ({ name, index, ...columnStatistics(rows, index) }));
  const find = (reference: ColumnReference | undefined) =>
    reference === undefined ? undefined : findColumn(table, reference);
  const requested: Roles = {
    text: find(request.text),
    pair: find(request.pair),
    labels: request.label === undefined ? undefined : [request.label].flat().map((each) => findColumn(table, each)),
    id: find(request.id),
    group: find(request.group),
  };
  requireDifferent(table, requested);
  const settled = request.like === undefined ? requested : withKnown(table, requested, request.like);
  const needsPair = request.needsPair ?? (request.like && request.like.pair !== undefined);
  const id = settled.id ?? (header ? firstNamed(columns, isIdName, settled) : undefined);
  const group = settled.group ?? (header ? firstNamed(columns, isGroupName, { ...settled, id }) : undefined);
  const taken = [settled.text, settled.pair, ...(settled.labels ?? []), id, group].filter(isDefined);
  const free = columns.filter(({ index, filled }) => !taken.includes(index) && filled > 0);
  const isOpen = settled.text === undefined && settled.pair === undefined;
  const named = header && isOpen ? pairOf(names) : undefined;
  const isPair = needsPair === true && isOpen && request.needsLabel === false && areTexts(free, header);
  const labels =
    settled.labels ??
    (isPair
      ? []
      : guessLabels(
          table,
          free.filter(({ index }) => !named?.includes(index)),
          request,
        ));
  const unused = free.filter(({ index }) => !labels.includes(index));
  if (needsPair === false && named !== undefined)
    throw doubtful(table, "text", [columns[named[0]]!, columns[named[1]]!], "--text-column");
  const texts = named ?? (needsPair && isOpen ? onlyPair(unused) : undefined);
  const text = settled.text ?? texts?.[0] ?? guessText(table, unused, settled.pair);
  const second = settled.pair ?? texts?.[1];
  if (needsPair && second === undefined) throw noPair(table, text);
  const chosen = {
    text,
    ...(second !== undefined && { pair: second }),
    labels,
    ...(id !== undefined && { id }),
    ...(settled.group !== undefined && { group: settled.group }),
  };
  const isNamed = (index: number | undefined) => index !== undefined && header;
  if (requested.text === undefined && !isNamed(settled.text)) checkText(table, columns[text]!, request);
  if (requested.labels === undefined && !isNamed(settled.labels?.[0]) && request.needsLabel !== false)
    for (const label of labels) checkLabel(table, columns[label]!, request);
  return { ...chosen, guesses: [...describe(table, chosen, requested), ...missing(table, settled, request)] };
}

/** Returns a line about the text column of the other table, if this table does not have it. */
function missing({ name, header }: ColumnSample, { text }: Roles, { like }: ColumnRequest): readonly string[] {
  if (text !== undefined || like === undefined || !like.header || !header) return [];
  return [`${name}: the text column of the training table, ${JSON.stringify(like.text)}, does not exist in this table`];
}

/** Completes requested columns with the columns of a known layout that are not requested for another role. */
function withKnown(table: ColumnSample, requested: Roles, layout: TableLayout): Roles {
  const known = findKnownColumns(table, layout);
  const { text, pair, labels, id, group } = requested;
  const taken = [text, pair, id, group, ...(labels ?? [])];
  const free = (index: number | undefined) => (taken.includes(index) ? undefined : index);
  return {
    text: text ?? free(known.text),
    pair: pair ?? free(known.pair),
    labels: labels ?? (known.labels?.some((label) => taken.includes(label)) ? undefined : known.labels),
    id: id ?? free(known.id),
    group,
  };
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}

/** Returns the index of a column. */
function findColumn({ name, header, columns }: ColumnSample, reference: ColumnReference): number {
  if (typeof reference === "number") {
    if (Number.isInteger(reference) && reference >= 0 && reference < columns.length) return reference;
  } else {
    const exact = columns.flatMap((column, index) => (column === reference ? [index] : []));
    if (exact.length > 1) throw ambiguous(name, reference, exact);
    if (exact.length === 1) return exact[0]!;
    const key = normalizeName(reference);
    const similar = columns.flatMap((column, index) => (normalizeName(column) === key ? [index] : []));
    if (similar.length === 1) return similar[0]!;
    const number = Number(/^(?:column )?([1-9]\d*)$/i.exec(reference.trim())?.[1] ?? 0);
    if (number >= 1 && number <= columns.length) return number - 1;
  }
  const known = columns.map((column) => JSON.stringify(column)).join(", ");
  const hint = typeof reference === "string" ? didYouMean(reference, columns) : "";
  const fix = header ? "" : " The table has no header; if its first row is one, set --header.";
  const text = `${name}: there is no column ${JSON.stringify(reference)}.${hint} Choose one of ${known}, or a number from 1 to ${columns.length}.${fix}`;
  throw new BertieError("input/no-column", text);
}

function ambiguous(table: string, reference: string, found: readonly number[]): BertieError {
  const numbers = found.map((index) => index + 1).join(" and ");
  const text = `${table}: columns ${numbers} have the same name ${JSON.stringify(reference)}. Select the column by its number.`;
  return new BertieError("input/doubtful-column", text);
}

/** Refuses the same column for the text, the second text and a label. */
function requireDifferent(table: ColumnSample, { text, pair, labels }: Roles): void {
  const requested = [
    { flag: "--text-column", column: text },
    { flag: "--pair-column", column: pair },
    ...(labels ?? []).map((column) => ({ flag: "--label-column", column })),
  ].filter(({ column }) => column !== undefined);
  for (const [i, { flag, column }] of requested.entries()) {
    const same = requested.slice(0, i).find((other) => other.column === column);
    if (same === undefined) continue;
    const flags = same.flag === flag ? `${flag} twice` : `both ${same.flag} and ${flag}`;
    const message = `${table.name}: ${columnTitle(table, column!)} is ${flags}. Name different columns.`;
    throw new BertieError("input/doubtful-column", message);
  }
}

/** Columns by role; undefined if a column is to be guessed. */
interface Roles {
  readonly text: number | undefined;
  readonly pair: number | undefined;
  readonly labels: readonly number[] | undefined;
  readonly id: number | undefined;
  readonly group: number | undefined;
}

function firstNamed(columns: readonly Column[], fits: (name: string) => boolean, taken: Roles): number | undefined {
  const used = [taken.text, taken.pair, taken.id, ...(taken.labels ?? [])];
  const isFree = ({ index, name }: Column) => !used.includes(index) && fits(name);
  return columns.find((column) => isFree(column) && rankOf(column.name, "text") === undefined)?.index;
}

function isLabelLike(
  { filled, rows, distinct, meanLength, measured }: Column,
  { complete = true }: ColumnSample,
): boolean {
  const repeats = distinct <= Math.max(filled / 2, 2) && distinct <= MAX_LABELS;
  return repeats && !measured && (distinct > 1 || !complete) && meanLength <= MAX_LABEL_LENGTH && filled >= rows / 2;
}

function guessLabels(table: ColumnSample, free: readonly Column[], request: ColumnRequest): readonly number[] {
  if (table.header) {
    const named = free
      .map((column) => ({ column, rank: rankOf(column.name, "label") }))
      .filter(({ rank }) => rank !== undefined);
    const best = Math.min(...named.map(({ rank }) => rank!));
    const candidates = named.filter(({ rank }) => rank === best).map(({ column }) => column);
    const usable = candidates.filter((column) => isLabelLike(column, table) || request.problemType === "regression");
    const chosen = candidates.length > 1 && usable.length === 1 ? usable : candidates;
    if (request.needsLabel === false && chosen.length > 0) return chosen.map(({ index }) => index);
    const flags = chosen.length === 1 && isFlag(chosen[0]!) && best > 0 ? free.filter(isFlag) : [];
    if (flags.length > 1)
      throw doubtful(table, "label", flags, "--label-column", ", or all of them for several labels per row");
    if (chosen.length === 1) return [chosen[0]!.index];
    if (chosen.length > 1) throw doubtful(table, "label", chosen, "--label-column");
  }
  const fitting = free.filter(
    (column) => isLabelLike(column, table) && (!table.header || rankOf(column.name, "text") !== 0),
  );
  if (fitting.length === 1 && (free.length > 1 || request.text !== undefined)) return [fitting[0]!.index];
  if (request.needsLabel === false) return [];
  if (fitting.length > 1) {
    // The label of a table without names is the column with the fewest values, unless several columns have few values.
    throw doubtful(table, "label", fitting, "--label-column");
  }
  const short = fitting.length === 0 ? shortLabel(free, request) : undefined;
  if (short !== undefined) return [short.index];
  const known = table.columns.map((column) => JSON.stringify(column)).join(", ");
  const text = `${table.name}: no column looks like a label (few different values that repeat). Name the column (--label-column): ${known}.`;
  throw new BertieError("input/no-column", text);
}

/** Returns whether the values of a column are 0 and 1, as for one of several labels per row. */
function isFlag({ counts, filled }: Column): boolean {
  return filled > 0 && [...counts.keys()].every((value) => value === "0" || value === "1");
}

/** Returns the label of a short table, in which a label may occur once, but is much shorter than the texts. */
function shortLabel(free: readonly Column[], request: ColumnRequest): Column | undefined {
  const candidates = free.filter((column) => column.rows < MIN_ROWS && !column.measured && !isCounting(column));
  const longest = Math.max(...candidates.map(({ meanLength }) => meanLength));
  const short = candidates.filter(({ meanLength }) => request.text !== undefined || meanLength < longest / 3);
  return short.length === 1 ? short[0] : undefined;
}

/** Returns whether the values of a column are row numbers or ids: different integers in ascending order. */
function isCounting({ counts, filled, distinct }: Column): boolean {
  const values = [...counts.keys()];
  const isAscending = values.every(
    (value, i) => /^\d+$/.test(value) && (i === 0 || Number(value) > Number(values[i - 1])),
  );
  return distinct === filled && isAscending;
}

/** Returns whether there are two columns, and none is called a label. */
function areTexts(free: readonly Column[], header: boolean): boolean {
  return free.length === 2 && !(header && free.some(({ name }) => rankOf(name, "label") !== undefined));
}

/** Returns the only two columns that can be the texts of a pair, in their order. */
function onlyPair(free: readonly Column[]): readonly [text: number, pair: number] | undefined {
  const [first, second, ...more] = free.filter(({ numeric }) => !numeric);
  return second === undefined || more.length > 0 ? undefined : [first!.index, second.index];
}

function noPair(table: ColumnSample, text: number): BertieError {
  const problem = `expected two columns of texts, found only ${columnTitle(table, text)}`;
  const fix = "Name the columns of both texts (--text-column and --pair-column).";
  return new BertieError("input/no-column", `${table.name}: ${problem}. ${fix}`);
}

function guessText(table: ColumnSample, free: readonly Column[], pair: number | undefined): number {
  if (table.header) {
    const named = free
      .map((column) => ({ column, rank: rankOf(column.name, "text") }))
      .filter(({ rank }) => rank !== undefined);
    const best = Math.min(...named.map(({ rank }) => rank!));
    const candidates = named.filter(({ rank }) => rank === best).map(({ column }) => column);
    if (candidates.length === 1) return candidates[0]!.index;
    const [long, next] = candidates.toSorted((a, b) => b.meanLength - a.meanLength);
    if (long !== undefined && next !== undefined) {
      if (next.meanLength < long.meanLength / 4 && next.meanLength < 15) return long.index;
      throw doubtful(table, "text", candidates, "--text-column", "; for pairs of texts, set --pair-column, too");
    }
  }
  const [long, next] = free.filter(({ index }) => index !== pair).toSorted((a, b) => b.meanLength - a.meanLength);
  if (long === undefined) {
    const known = table.columns.map((column) => JSON.stringify(column)).join(", ");
    const text = `${table.name}: no column looks like a text. Name the column (--text-column): ${known}.`;
    throw new BertieError("input/no-column", text);
  }
  const isText = (column: Column) => !column.numeric && column.meanLength >= 12 && column.distinct > column.filled / 2;
  if (next !== undefined && isText(next) && next.meanLength > long.meanLength / 3)
    throw doubtful(table, "text", [long, next], "--text-column", "; for pairs of texts, set --pair-column, too");
  return long.index;
}

function checkText(table: ColumnSample, column: Column, { needsLabel = true }: ColumnRequest): void {
  const { rows, distinct, meanLength, numeric } = column;
  const looksLikeLabels = rows >= 10 && distinct <= Math.max(rows / 5, 2) && meanLength < 15;
  if (!looksLikeLabels && !(numeric && (needsLabel || table.columns.length > 1))) return;
  const found = looksLikeLabels ? `${distinct} different short values, such as` : "numbers, such as";
  throw wrongColumn(table, "text", column, found, "--text-column");
}

function checkLabel(table: ColumnSample, column: Column, { problemType }: ColumnRequest): void {
  const { filled, distinct, meanLength } = column;
  if (problemType === "regression") return;
  const isUnique = filled >= MIN_ROWS && distinct > 0.9 * filled;
  const isLong = filled >= 4 && distinct > 0.5 * filled && meanLength > MAX_LABEL_LENGTH;
  if (!isUnique && !isLong && distinct <= Math.max(MAX_LABELS, filled / 4)) return;
  throw wrongColumn(
    table,
    "label",
    column,
    `${distinct} different values in ${filled} rows, such as`,
    "--label-column",
  );
}

function wrongColumn(table: ColumnSample, role: string, column: Column, found: string, flag: string): BertieError {
  const [example = ""] = column.counts.keys();
  const expected = role === "label" ? "labels that repeat" : "texts";
  const more =
    role === "label" && column.numeric
      ? ", or set problemType (--problem-type regression) if the numbers are values to predict"
      : "";
  const text = `${table.name}: ${columnTitle(table, column.index)} does not look like a ${role}: expected ${expected}, found ${found} ${quoted(example)}. Name the ${role} column (${flag})${more}.`;
  return new BertieError("input/doubtful-column", text);
}

function doubtful(table: ColumnSample, role: string, columns: readonly Column[], flag: string, more = ""): BertieError {
  const list = columns.map(
    ({ index, counts }) => `${columnTitle(table, index)}, such as ${quoted([...counts.keys()][0] ?? "")}`,
  );
  const text = `${table.name}: several columns may be the ${role}: ${list.join("; ")}. Name the column (${flag})${more}.`;
  return new BertieError("input/doubtful-column", text);
}

/**
 * Returns a column in words, such as `column "stars" (3)`.
 *
 * @param index index of the column, from 0
 * @example
 * ```ts
 * import { columnTitle } from "@bertie/data";
 *
 * console.log(columnTitle({ header: true, columns: ["text", "stars"] }, 1)); // column "stars" (2)
 * ```
 */
export function columnTitle({ header, columns }: Pick<ColumnSample, "header" | "columns">, index: number): string {
  return header ? `column ${JSON.stringify(columns[index])} (${index + 1})` : `column ${index + 1}`;
}

function describe(table: ColumnSample, chosen: Omit<ChosenColumns, "guesses">, requested: Roles): readonly string[] {
  const isGuessed = requested.text === undefined || (requested.labels === undefined && chosen.labels.length > 0);
  if (!isGuessed) return [];
  const roles = [
    `text: ${columnTitle(table, chosen.text)}`,
    chosen.pair === undefined ? undefined : `second text: ${columnTitle(table, chosen.pair)}`,
    chosen.labels.length === 0
      ? undefined
      : `label: ${chosen.labels.map((label) => columnTitle(table, label)).join(", ")}`,
    chosen.id === undefined ? undefined : `id: ${columnTitle(table, chosen.id)}`,
  ];
  return [`${table.name}: ${roles.filter(isDefined).join(", ")}`];
}
