import type { BadRows, OnBadRow } from "../bad-rows.ts";
import type { TableRow } from "../tsv.ts";
import type { Compression } from "./decompress.ts";
import type { TableFormat } from "./detect-format.ts";
import type { NamedColumns } from "./table-layout.ts";

/** How to read a table. Everything that is not set is detected. */
export interface TableOptions {
  readonly format?: TableFormat | undefined;
  /** Label of the encoding, such as "gb18030". */
  readonly encoding?: string | undefined;
  /** Delimiter of CSV and TSV tables: one character, or "tab". */
  readonly delimiter?: string | undefined;
  /** Quotation mark of CSV and TSV tables, or "none". */
  readonly quote?: string | undefined;
  /** Whether the first row of a CSV, TSV or text file is a header. */
  readonly header?: boolean | undefined;
  /**
   * Columns of another table, such as the training table. If the first row has the same names, it is a header; if the other
   * table has no header, a row that may be a header is not one.
   */
  readonly like?: NamedColumns | undefined;
  /** Handling of unusable rows. @default "fail" */
  readonly onBadRow?: OnBadRow | undefined;
}

/** Counts of the rows of a table that have been read. */
export interface TableSummary {
  readonly rows: number;
  /** Number of skipped lines that contain only white space. */
  readonly blankLines: number;
  /** Skipped rows; absent if no row was skipped. */
  readonly badRows?: BadRows;
  /** Notes for the user, such as the number of removed byte order marks. */
  readonly notes: readonly string[];
}

/** A table whose format is known, and whose rows can be read. */
export interface OpenTable {
  readonly name: string;
  readonly format: TableFormat;
  /** Name of the encoding, as `TextDecoder` reports it; "utf-8" for Parquet. */
  readonly encoding: string;
  readonly compression: Compression;
  /** Delimiter of CSV and TSV tables; undefined for other formats. */
  readonly delimiter: string | undefined;
  /** Quotation mark of CSV and TSV tables; undefined if quotes are ordinary characters. */
  readonly quote: string | undefined;
  /** Whether the columns have names: the first row of the file is a header, or the format has names. */
  readonly header: boolean;
  /** Names of the columns: "column 1", "column 2", … without a header. */
  readonly columns: readonly string[];
  /** One line for each guess, to be printed, such as `reviews.csv: CSV, gb18030, delimited by ";", with a header`. */
  readonly guesses: readonly string[];
  /** First rows, without the header. */
  readonly sample: readonly TableRow[];
  /** Whether the sample has all rows. */
  readonly complete: boolean;
  /**
   * Yields the rows, without the header. `line` is the line on which a row starts, or the number of the row for JSON and Parquet.
   *
   * @throws BertieError "input/ragged-row", "input/invalid-csv", "input/json" or "input/invalid-utf8", with the line, for a bad row
   */
  rows(): AsyncGenerator<TableRow>;
  /** Returns the counts of the last call of `rows()`, once all rows have been read. */
  summary(): TableSummary;
}

/** Contents of a file, which can be read several times. */
export interface Content {
  readonly name: string;
  readonly compression: Compression;
  /** First bytes after decompression. */
  readonly head: Uint8Array;
  /** Whether the head is the whole file. */
  readonly complete: boolean;
  /** Whether the file can be read only once. */
  readonly once: boolean;
  stream(): AsyncIterable<Uint8Array>;
  bytes(): Promise<Uint8Array>;
}
