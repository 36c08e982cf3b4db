import { normalizeName } from "./column-names.ts";

/** Columns of a table, and their roles. */
export interface TableLayout {
  /** Whether the columns have names; otherwise they are called "column 1", "column 2", … */
  readonly header: boolean;
  /** Names of all columns. */
  readonly columns: readonly string[];
  readonly text: string;
  readonly pair?: string;
  /** Columns of the labels; empty if the table has no labels. */
  readonly labels: readonly string[];
  readonly id?: string;
}

/** Chosen columns of a table, as indices from 0. */
interface ColumnIndices {
  readonly text: number;
  readonly pair?: number;
  readonly labels: readonly number[];
  readonly id?: number;
}

/** Names of the columns of a table. */
export type NamedColumns = Pick<TableLayout, "header" | "columns">;

/**
 * Returns the layout of a table whose columns have been chosen.
 *
 * @example
 * ```ts
 * import { layoutOf } from "@bertie/data";
 *
 * const layout = layoutOf({ header: true, columns: ["review", "stars"] }, { text: 0, labels: [1] });
 * console.log(layout.text, layout.labels); // review [ "stars" ]
 * ```
 */
export function layoutOf({ header, columns }: NamedColumns, { text, pair, labels, id }: ColumnIndices): TableLayout {
  return {
    header,
    columns,
    text: columns[text]!,
    ...(pair !== undefined && { pair: columns[pair]! }),
    labels: labels.map((label) => columns[label]!),
    ...(id !== undefined && { id: columns[id]! }),
  };
}

/** Columns by role, as indices from 0; undefined if the table does not have the column. */
export interface KnownColumns {
  readonly text: number | undefined;
  readonly pair: number | undefined;
  readonly labels: readonly number[] | undefined;
  readonly id: number | undefined;
}

/**
 * Finds the columns of a table that have a role in another table, such as the table that a model was trained on. Columns with
 * names are found by name. Tables without names have the same columns if they have the same number of columns.
 *
 * @returns indices from 0
 * @example
 * ```ts
 * import { findKnownColumns } from "@bertie/data";
 *
 * const layout = { header: true, columns: ["review", "stars"], text: "review", labels: ["stars"] };
 * console.log(findKnownColumns({ header: true, columns: ["id", "review"] }, layout).text); // 1
 * ```
 */
export function findKnownColumns(table: NamedColumns, layout: TableLayout): KnownColumns {
  const find = (name: string | undefined) => (name === undefined ? undefined : findKnown(table, layout, name));
  const labels = layout.labels.map(find).filter((label) => label !== undefined);
  return {
    text: find(layout.text),
    pair: find(layout.pair),
    labels: labels.length > 0 && labels.length === layout.labels.length ? labels : undefined,
    id: find(layout.id),
  };
}

/** Returns whether a row is the header of another table: all its names are the names of columns, in any order. */
export function isHeaderOf({ header, columns }: NamedColumns, row: readonly string[]): boolean {
  if (!header) return false;
  const known = new Set(columns.map(normalizeName));
  const names = row.map(normalizeName).filter((name) => name !== "");
  return names.length > 0 && new Set(names).size === names.length && names.every((name) => known.has(name));
}

function findKnown(table: NamedColumns, layout: TableLayout, name: string): number | undefined {
  if (table.header !== layout.header) return undefined;
  if (!layout.header) {
    const index = layout.columns.indexOf(name);
    return table.columns.length === layout.columns.length && index >= 0 ? index : undefined;
  }
  const exact = table.columns.indexOf(name);
  if (exact >= 0) return exact;
  const key = normalizeName(name);
  const similar = table.columns.flatMap((column, index) => (normalizeName(column) === key ? [index] : []));
  return similar.length === 1 ? similar[0] : undefined;
}
