import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { BertieError } from "@bertie/common";
import { parquetMetadata } from "hyparquet";
import type { RowGroups } from "../tokenize/formats/packed.ts";
import { parquetFile } from "../tokenize/formats/parquet-file.ts";
import { MAGIC_BYTES, moveRowGroups } from "../tokenize/formats/parquet-rows.ts";
import type { StagedFile } from "../tokenize/staged-files.ts";
import type { FoundShard } from "./find-shards.ts";
import type { MergeContext } from "./merge-context.ts";

/** Number of bytes at the end of a Parquet file: the length of the footer, and the magic number. */
const TRAILER_BYTES = 8;

type RowGroup = RowGroups[number];

/** Writes a Parquet file of the row groups of all shards. */
export async function writeRowGroups({ shards, pieces, reader, check }: MergeContext, file: StagedFile): Promise<void> {
  const writer = parquetFile(file, shards[0]!.options.pair_field !== null);
  const groups = shards.map(readRowGroups);
  /** Number of row groups of each shard that are written. */
  const written = shards.map(() => 0);
  for (const { shard, records } of pieces) {
    for (let rows = 0; rows < records; await check()) {
      const group = groups[shard]![written[shard]!++];
      if (group === undefined) throw damaged(shards[shard]!);
      rows += Number(group.num_rows);
      const { start, bytes } = extentOf(group);
      const data = new Uint8Array(bytes);
      let at = 0;
      for (const chunk of reader.read(shard, 0, start, bytes)) {
        data.set(chunk, at);
        at += chunk.length;
      }
      await writer.write({ data, rowGroups: moveRowGroups([group], MAGIC_BYTES - start) });
    }
  }
  writer.finish();
}

/** Returns where the pages of a row group are. */
function extentOf(group: RowGroup): { readonly start: number; readonly bytes: number } {
  const columns = group.columns.map(({ meta_data }) => {
    const { dictionary_page_offset, data_page_offset, total_compressed_size } = meta_data!;
    const start = Number(dictionary_page_offset ?? data_page_offset);
    return { start, end: start + Number(total_compressed_size) };
  });
  const start = Math.min(...columns.map((column) => column.start));
  return { start, bytes: Math.max(...columns.map(({ end }) => end)) - start };
}

function readRowGroups(shard: FoundShard): RowGroups {
  const [{ path, bytes }] = shard.outputs as [FoundShard["outputs"][number]];
  const handle = openSync(join(shard.directory, path), "r");
  try {
    const read = (length: number) => {
      const buffer = new Uint8Array(length);
      readSync(handle, buffer, 0, length, bytes - length);
      return buffer;
    };
    const footer = new DataView(read(TRAILER_BYTES).buffer).getUint32(0, true);
    return parquetMetadata(read(Math.min(footer + TRAILER_BYTES, bytes)).buffer).row_groups;
  } catch {
    throw damaged(shard);
  } finally {
    closeSync(handle);
  }
}

function damaged({ name }: FoundShard): BertieError {
  return new BertieError(
    "merge/shards",
    `${name}: the file is not the Parquet file that its manifest describes. Run the shard again.`,
  );
}
