import type { TableRow } from "../tsv.ts";

/** Returns the cells of the first row, usually the header; empty if there are no rows. */
export function firstCells(rows: Iterable<TableRow>): readonly string[] {
  for (const { cells } of rows) return cells;
  return [];
}

/** The test files of GLUE have no labels. Their header starts with `index`, and the first column numbers the rows. */
export function isGlueTest(rows: Iterable<TableRow>): boolean {
  return firstCells(rows)[0] === "index";
}

/** Returns whether every row has a single cell. */
export function haveOneCell(rows: Iterable<TableRow>): boolean {
  for (const { cells } of rows) if (cells.length > 1) return false;
  return true;
}
