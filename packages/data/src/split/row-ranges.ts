import type { InputExample } from "../example.ts";

/** Rows of a file. */
export interface RowRecord {
  /** Name of the file; absent for examples that are not from a file. */
  readonly file?: string;
  /** Lines of the rows, counted from 1, as ranges: `2,5-7`. For examples that are not from a file, indices from 0. */
  readonly rows: string;
}

/** Returns the lines of examples for each of their files. */
export function recordRows(examples: readonly InputExample[], indices: readonly number[]): RowRecord[] {
  const byFile = new Map<string | undefined, number[]>();
  for (const index of indices) {
    const { source } = examples[index]!;
    const rows = byFile.get(source?.fileName);
    const row = source?.line ?? index;
    if (rows === undefined) byFile.set(source?.fileName, [row]);
    else rows.push(row);
  }
  return Array.from(byFile, ([file, rows]) => ({ ...(file !== undefined && { file }), rows: formatRanges(rows) }));
}

/**
 * Returns integers as ranges: `2,5-7`.
 *
 * @param rows in ascending order
 */
export function formatRanges(rows: readonly number[]): string {
  const ranges: string[] = [];
  for (let start = 0; start < rows.length; ) {
    let end = start;
    while (rows[end + 1] === rows[end]! + 1) end++;
    ranges.push(end === start ? `${rows[start]}` : `${rows[start]}-${rows[end]}`);
    start = end + 1;
  }
  return ranges.join(",");
}

/**
 * Returns the integers of ranges, such as the `rows` of a {@link RowRecord}.
 *
 * @example
 * ```ts
 * import { parseRanges } from "@bertie/data";
 *
 * console.log(parseRanges("2,5-7")); // [2, 5, 6, 7]
 * ```
 */
export function parseRanges(ranges: string): number[] {
  return ranges
    .split(",")
    .filter((range) => range !== "")
    .flatMap((range) => {
      const [first, last = first] = range.split("-").map(Number);
      return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
    });
}
