import { NPY_HEADER_BYTES, npyHeader } from "../tokenize/formats/npy-header.ts";
import { outputPaths } from "../tokenize/formats/writers.ts";
import type { StagedFile, StagedFiles } from "../tokenize/staged-files.ts";
import type { FoundShard } from "./find-shards.ts";
import type { MergeContext } from "./merge-context.ts";
import type { ShardManifest } from "./shard-manifest.ts";

/** Returns the paths of the merged files. */
export function mergedPaths({ format }: Pick<ShardManifest, "format">, output: string): string[] {
  return format === "tsv" ? [output] : outputPaths(format, output);
}

/** Writes the output files as one run without shards writes them. */
export async function writePieces(context: MergeContext, files: StagedFiles, output: string): Promise<void> {
  const [first] = context.shards as [FoundShard];
  const [main, index] = mergedPaths(first, output) as [string, string | undefined];
  const file = files.create(main, { rewritable: first.format === "npy" });
  if (first.format === "parquet") {
    const { writeRowGroups } = await import("./write-row-groups.ts");
    await writeRowGroups(context, file);
    return;
  }
  const headerOf = (shard: number) => headerBytes(context.shards[shard]!);
  if (first.format === "tsv") copyHeader(context, headerOf, file);
  if (first.format === "npy") file.write(npyHeader(numpyType(first), 0));
  for (const { shard, byteStart, bytes } of context.pieces) {
    for (const chunk of context.reader.read(shard, 0, headerOf(shard) + byteStart, bytes)) {
      file.write(chunk);
      await context.check();
    }
  }
  if (first.format === "npy") {
    const items = (file.size() - NPY_HEADER_BYTES) / (first.dtype === "uint32" ? 4 : 2);
    file.overwrite(npyHeader(numpyType(first), items));
  }
  if (index !== undefined) await writeIndex(context, files.create(index, { rewritable: true }));
}

function numpyType({ dtype }: ShardManifest): string {
  return dtype === "uint32" ? "<u4" : "<u2";
}

/** Returns the number of bytes before the first record. */
function headerBytes({ outputs, pieces }: FoundShard): number {
  return outputs[0]!.bytes - pieces.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Copies the names of the columns from a shard that has records. */
function copyHeader({ shards, reader }: MergeContext, headerOf: (shard: number) => number, file: StagedFile): void {
  const shard = shards.findIndex(({ records }) => records > 0);
  if (shard < 0) return;
  for (const chunk of reader.read(shard, 0, 0, headerOf(shard))) file.write(chunk);
}

/** Writes the index: the ends of the records in the merged ids, after a 0. */
async function writeIndex({ pieces, reader, check }: MergeContext, file: StagedFile): Promise<void> {
  file.write(npyHeader("<u8", 0));
  file.write(new Uint8Array(8));
  let tokens = 0;
  for (const piece of pieces) {
    const start = NPY_HEADER_BYTES + 8 * (piece.recordStart + 1);
    const distance = BigInt(tokens - piece.tokenStart);
    for (const chunk of reader.read(piece.shard, 1, start, 8 * piece.records)) {
      const ends = new BigUint64Array(chunk.buffer, 0, chunk.length / 8);
      for (let i = 0; i < ends.length; i++) ends[i] = ends[i]! + distance;
      file.write(chunk);
      await check();
    }
    tokens += piece.tokens;
  }
  file.overwrite(npyHeader("<u8", (file.size() - NPY_HEADER_BYTES) / 8));
}
