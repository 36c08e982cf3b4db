import { BertieError } from "@bertie/common";
import type { TableRow } from "../tsv.ts";
import { openParquet } from "./parquet-rows.ts";
import type { Content, OpenTable } from "./types.ts";

/** Number of rows of the sample. */
const SAMPLE_ROWS = 4096;

/** Opens a Parquet file. The rows are decoded in batches. */
export async function openParquetTable(content: Content): Promise<OpenTable> {
  const { name, compression } = content;
  const { columns, rowCount, rows } = await openParquet(name, await content.bytes());
  if (rowCount === 0)
    throw new BertieError("input/no-rows", `${name}: the file has no rows. Check that it is the right file.`);
  const sample: TableRow[] = [];
  for await (const row of rows(0, SAMPLE_ROWS)) sample.push(row);
  return {
    name,
    format: "parquet",
    encoding: "utf-8",
    compression,
    delimiter: undefined,
    quote: undefined,
    header: true,
    columns,
    guesses: [`${name}: Parquet`],
    sample,
    complete: rowCount <= SAMPLE_ROWS,
    rows: () => rows(0, rowCount),
    summary: () => ({ rows: rowCount, blankLines: 0, notes: [] }),
  };
}
