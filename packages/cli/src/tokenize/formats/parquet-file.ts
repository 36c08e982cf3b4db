import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { StagedFile } from "../staged-files.ts";
import type { BlockWriter } from "./block-writer.ts";
import { MAGIC_BYTES, moveRowGroups, parquetSchema } from "./parquet-rows.ts";

/** Creates the writer of a Parquet file from row groups that are already encoded. */
export function parquetFile(file: StagedFile, pairs: boolean): BlockWriter {
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({ writer, schema: parquetSchema(pairs), createdBy: "bertie" });
  const flush = () => {
    file.write(writer.getBytes());
    writer.index = 0;
  };
  flush();
  return {
    write({ data, rowGroups = [] }) {
      const moved = moveRowGroups(rowGroups, file.size() - MAGIC_BYTES);
      file.write(data);
      writer.offset += data.length;
      for (const group of moved) {
        parquet.row_groups.push(group);
        parquet.num_rows += group.num_rows;
      }
    },
    finish() {
      parquet.finish();
      flush();
    },
  };
}
