import process from "node:process";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { NPY_HEADER_BYTES, npyHeader } from "../tokenize/formats/npy-header.ts";
import { listColumn, type Schema } from "../tokenize/formats/parquet-rows.ts";
import type { StagedFile } from "../tokenize/staged-files.ts";

/** Format of embeddings. */
export type EmbeddingFormat = "jsonl" | "parquet" | "npy";

/** Text with its embedding. */
export interface EmbeddedRow {
  /** Id of the row; undefined if rows have no ids. */
  readonly id: string | undefined;
  readonly text: string;
  readonly embedding: Float32Array;
}

/** Writer of embeddings, in order. */
export interface EmbeddingWriter {
  write(row: EmbeddedRow): void | Promise<void>;
  /** Writes the rest, and headers that depend on the number of rows. */
  finish(): void;
}

/** Number of rows per row group of Parquet. Readers load a whole row group at a time. */
const ROWS_PER_GROUP = 4096;

const encoder = new TextEncoder();

/** Creates a writer of JSON lines to stdout. It waits for slow readers, so that unread output does not fill memory. */
export function stdoutEmbeddings(): EmbeddingWriter {
  return {
    write: (row) => new Promise((resolve) => process.stdout.write(jsonLine(row), () => resolve())),
    finish() {},
  };
}

/** Creates a writer of a format to a file. A NumPy file has to be rewritable. */
export function fileEmbeddings(format: EmbeddingFormat, file: StagedFile, dimension: number): EmbeddingWriter {
  switch (format) {
    case "jsonl":
      return { write: (row) => file.write(encoder.encode(jsonLine(row))), finish() {} };
    case "npy":
      return npyEmbeddings(file, dimension);
    case "parquet":
      return parquetEmbeddings(file);
  }
}

/** Returns a row as a line of JSON. Nine digits are enough to restore a float32. */
function jsonLine({ id, text, embedding }: EmbeddedRow): string {
  const values = Array.from(embedding, (value) => Number(value.toPrecision(9)));
  return `${JSON.stringify({ ...(id !== undefined && { id }), text, embedding: values })}\n`;
}

/** Creates a writer of a float32 matrix, `[rows, dimension]`. */
function npyEmbeddings(file: StagedFile, dimension: number): EmbeddingWriter {
  file.write(npyHeader("<f4", 0, dimension));
  return {
    write: ({ embedding }) => file.write(new Uint8Array(embedding.buffer, embedding.byteOffset, embedding.byteLength)),
    finish: () => file.overwrite(npyHeader("<f4", (file.size() - NPY_HEADER_BYTES) / (4 * dimension), dimension)),
  };
}

/** Creates a writer with the columns `id` (if the first row has one), `text` and `embedding`, a list of float32. */
function parquetEmbeddings(file: StagedFile): EmbeddingWriter {
  const writer = new ByteWriter();
  let parquet: ParquetWriter | undefined;
  let rows: EmbeddedRow[] = [];
  let hasIds = false;
  const flush = () => {
    file.write(writer.getBytes());
    writer.index = 0;
  };
  const writeGroup = () => {
    hasIds = parquet === undefined ? rows[0]?.id !== undefined : hasIds;
    parquet ??= new ParquetWriter({ writer, schema: schemaOf(hasIds), createdBy: "bertie", statistics: false });
    if (rows.length > 0) {
      const columnData = [
        ...(hasIds ? [{ name: "id", data: rows.map(({ id = "" }) => id) }] : []),
        { name: "text", data: rows.map(({ text }) => text) },
        { name: "embedding", data: rows.map(({ embedding }) => Array.from(embedding)) },
      ];
      parquet.write({ columnData, rowGroupSize: rows.length });
    }
    rows = [];
    flush();
  };
  return {
    write(row) {
      rows.push(row);
      if (rows.length === ROWS_PER_GROUP) writeGroup();
    },
    finish() {
      writeGroup();
      parquet!.finish();
      flush();
    },
  };
}

function schemaOf(hasIds: boolean): Schema {
  const text = (name: string): Schema[number] => ({
    name,
    type: "BYTE_ARRAY",
    converted_type: "UTF8",
    logical_type: { type: "STRING" },
    repetition_type: "REQUIRED",
  });
  return [
    { name: "root", num_children: hasIds ? 3 : 2 },
    ...(hasIds ? [text("id")] : []),
    text("text"),
    ...listColumn("embedding", "FLOAT"),
  ];
}
