import { BertieError } from "@bertie/common";
import type { TableRow } from "../tsv.ts";
import { cellOf } from "./json-records.ts";

/** Rows of a Parquet file, which are read in batches. */
export interface ParquetTable {
  readonly columns: readonly string[];
  readonly rowCount: number;
  /** Yields the rows of a range; `line` is the number of the row, counted from 1. */
  rows(start: number, end: number): AsyncGenerator<TableRow>;
}

const BATCH_ROWS = 4096;

/**
 * Opens a Parquet file. Lists and structures are cells of JSON.
 *
 * @throws BertieError "input/parquet" if the file is damaged, or uses an unsupported compression
 */
export async function openParquet(name: string, bytes: Uint8Array): Promise<ParquetTable> {
  // Imported on demand, because few tables are Parquet.
  const [{ parquetMetadata, parquetReadObjects, parquetSchema }, { decompress }] = await Promise.all([
    import("hyparquet"),
    import("fzstd"),
  ]);
  const contents = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const file = { byteLength: contents.byteLength, slice: (start: number, end?: number) => contents.slice(start, end) };
  const compressors = {
    ZSTD: (input: Uint8Array, length: number) => decompress(input, new Uint8Array(length)),
  };
  const attempt = async <T>(read: () => T | Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (cause) {
      const problem = `the Parquet file cannot be read (${(cause as Error).message})`;
      const text = `${name}: ${problem}. Check that it is complete, or save it with Snappy or Zstandard compression.`;
      throw new BertieError("input/parquet", text, { cause });
    }
  };
  const metadata = await attempt(() => parquetMetadata(contents));
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  const rowCount = Number(metadata.num_rows);
  return {
    columns,
    rowCount,
    async *rows(start, end) {
      for (let rowStart = start; rowStart < Math.min(end, rowCount); rowStart += BATCH_ROWS) {
        const rowEnd = Math.min(rowStart + BATCH_ROWS, end, rowCount);
        const objects = await attempt(() => parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd }));
        for (const [i, object] of objects.entries())
          yield { line: rowStart + i + 1, cells: columns.map((column) => cellOf(object[column])) };
      }
    },
  };
}
