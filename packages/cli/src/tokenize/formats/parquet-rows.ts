import { ByteWriter, type ParquetWriter } from "hyparquet-writer";
import type { Rows } from "../rows.ts";
import type { Packed, RowGroups } from "./packed.ts";
import { writeLists } from "./parquet-lists.ts";

/** Columns of a Parquet file. */
export type Schema = ParquetWriter["schema"];

/** Size in bytes of the magic number at the start of a Parquet file. */
export const MAGIC_BYTES = 4;

/** Returns the schema: lists of int32 without nulls, named `input_ids` and, for pairs, `token_type_ids`, as in Hugging Face. */
export function parquetSchema(pairs: boolean): Schema {
  const names = columnNames(pairs);
  return [{ name: "root", num_children: names.length }, ...names.flatMap((name) => listColumn(name, "INT32"))];
}

/** Returns the schema of a column of lists without nulls. */
export function listColumn(name: string, type: "INT32" | "FLOAT"): Schema {
  return [
    {
      name,
      repetition_type: "REQUIRED",
      converted_type: "LIST",
      logical_type: { type: "LIST" },
      num_children: 1,
    },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type, repetition_type: "REQUIRED" },
  ];
}

/** Encodes rows as one row group, with offsets as if it were the first of its file. */
export function packParquet({ ids, rowOffsets, typeIds }: Rows): Packed {
  const rows = rowOffsets.length - 1;
  if (rows === 0) return { data: new Uint8Array(0), rowGroups: [] };
  const writer = new ByteWriter();
  writer.offset = MAGIC_BYTES;
  const columns = [writeLists(writer, "input_ids", ids, rowOffsets)];
  if (typeIds !== undefined) columns.push(writeLists(writer, "token_type_ids", typeIds, rowOffsets));
  const sum = columns.reduce((total, { meta_data }) => total + meta_data!.total_uncompressed_size, 0n);
  const group = {
    columns,
    total_byte_size: sum,
    num_rows: BigInt(rows),
    total_compressed_size: BigInt(writer.offset - MAGIC_BYTES),
  };
  return { data: new Uint8Array(writer.getBuffer()), rowGroups: [group] };
}

/** Adds `distance` bytes to the file offsets of row groups. */
export function moveRowGroups(groups: RowGroups, distance: number): RowGroups {
  const by = BigInt(distance);
  return groups.map((group) => ({
    ...group,
    columns: group.columns.map(({ meta_data, ...column }) => {
      const { data_page_offset, dictionary_page_offset, ...rest } = meta_data!;
      return {
        ...column,
        file_offset: column.file_offset + by,
        meta_data: {
          ...rest,
          data_page_offset: data_page_offset + by,
          ...(dictionary_page_offset !== undefined && { dictionary_page_offset: dictionary_page_offset + by }),
        },
      };
    }),
  }));
}

function columnNames(pairs: boolean): string[] {
  return pairs ? ["input_ids", "token_type_ids"] : ["input_ids"];
}
