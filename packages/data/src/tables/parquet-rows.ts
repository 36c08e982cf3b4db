import { BertieError } from "@bertie/common";
import type { TableRow } from "../tsv.ts";
import { cellOf } from "./json-records.ts";

/** Rows of a Parquet file, which are read in batches. */
export interface ParquetTable {
  readonly columns: readonly string[];
  readonly rowCount: number;
  /** Yields the rows of a range; `line` is the number of the row, counted from 1. */
  rows(start: number, end: number): AsyncGenerator<TableRow>;
  /** Yields the values of some columns of the rows of a range. */
  records(start: number, end: number, columns?: readonly string[]): AsyncGenerator<ParquetRecord>;
}

/** Values of a row by column; `line` is the number of the row, counted from 1. */
interface ParquetRecord {
  readonly line: number;
  readonly record: Readonly<Record<string, unknown>>;
}

const BATCH_ROWS = 4096;

/**
 * Opens a Parquet file. Lists and structures are cells of JSON.
 *
 * @throws BertieError "input/parquet" if the file is damaged, or uses an unsupported compression
 */
export async function openParquet(name: string, bytes: Uint8Array): Promise<ParquetTable> {
  // Imported on demand, because few tables are Parquet.
  const [{ parquetMetadata, parquetReadObjects, parquetSchema }, { decompress }, { gunzipSync }] = await Promise.all([
    import("hyparquet"),
    import("fzstd"),
    import("fflate"),
  ]);
  const contents = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const file = { byteLength: contents.byteLength, slice: (start: number, end?: number) => contents.slice(start, end) };
  const compressors = {
    GZIP: (input: Uint8Array, length: number) => gunzipSync(input, { out: new Uint8Array(length) }),
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
  async function* records(start: number, end: number, chosen = columns): AsyncGenerator<ParquetRecord> {
    for (let rowStart = start; rowStart < Math.min(end, rowCount); rowStart += BATCH_ROWS) {
      const rowEnd = Math.min(rowStart + BATCH_ROWS, end, rowCount);
      const range = { file, metadata, compressors, columns: [...chosen], rowStart, rowEnd };
      const objects = await attempt(() => parquetReadObjects(range));
      for (const [i, record] of objects.entries()) yield { line: rowStart + i + 1, record };
    }
  }
  return {
    columns,
    rowCount,
    records,
    async *rows(start, end) {
      for await (const { line, record } of records(start, end))
        yield { line, cells: columns.map((column) => cellOf(record[column])) };
    },
  };
}
