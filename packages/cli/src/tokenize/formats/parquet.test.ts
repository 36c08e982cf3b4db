import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { afterAll, describe, expect, it } from "vitest";
import { createFileHashes } from "../file-hashes.ts";
import { stageFiles } from "../staged-files.ts";
import { parquetFile } from "./parquet-file.ts";
import { packParquet } from "./parquet-rows.ts";

const base = mkdtempSync(join(tmpdir(), "bertie-parquet-"));
afterAll(() => rmSync(base, { recursive: true }));

const ragged = (lists: readonly number[][]) => {
  const rowOffsets = [0];
  for (const list of lists) rowOffsets.push(rowOffsets.at(-1)! + list.length);
  return { ids: Int32Array.from(lists.flat()), rowOffsets: Int32Array.from(rowOffsets) };
};

async function writeAndRead(name: string, blocks: readonly number[][][], pairs: boolean) {
  const path = join(base, name);
  const files = await stageFiles([path], createFileHashes());
  const writer = parquetFile(files.create(path), pairs);
  for (const block of blocks) {
    const rows = ragged(block);
    await writer.write(packParquet(pairs ? { ...rows, typeIds: rows.ids.map((id) => id % 2) } : rows));
  }
  writer.finish();
  await files.complete();
  await files.publish();
  const { buffer } = Uint8Array.from(readFileSync(path));
  return { rows: await parquetReadObjects({ file: buffer }), metadata: parquetMetadata(buffer) };
}

describe("parquetFile()", () => {
  // Enough tokens for a column with a dictionary and several pages.
  const many = Array.from({ length: 9000 }, (_, i) => Array.from({ length: i % 80 }, (_, j) => (i * j) % 21_128));

  it("writes one row group per block, without nulls", async () => {
    const { rows, metadata } = await writeAndRead("ids", [[[5, 6], [], [7]], [], many, [[8]]], false);
    expect(rows.map(({ input_ids }) => input_ids)).toEqual([[5, 6], [], [7], ...many, [8]]);
    expect(metadata.row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([3, 9000, 1]);
    expect(metadata.schema.map(({ name, repetition_type }) => [name, repetition_type])).toEqual([
      ["root", undefined],
      ["input_ids", "REQUIRED"],
      ["list", "REPEATED"],
      ["element", "REQUIRED"],
    ]);
  });

  it("writes lists of any lengths and values, with runs of equal values", async () => {
    const run = fc.tuple(fc.integer({ min: 0, max: (1 << 20) - 1 }), fc.integer({ min: 1, max: 40 }));
    const few = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 20 });
    const list = fc.oneof(
      few,
      fc.array(run, { maxLength: 3 }).map((runs) => runs.flatMap(([id, length]) => Array<number>(length).fill(id))),
    );
    const lists = fc.array(list, { minLength: 1, maxLength: 60 });
    let file = 0;
    await fc.assert(
      fc.asyncProperty(lists, async (block) => {
        const { rows } = await writeAndRead(`any-${file++}`, [block], true);
        expect(rows).toEqual(block.map((ids) => ({ input_ids: ids, token_type_ids: ids.map((id) => id % 2) })));
      }),
      { numRuns: 60 },
    );
  });

  it("writes an additional column for pairs", async () => {
    const { rows } = await writeAndRead("pairs", [[[5, 6]], [[7], [2, 2]]], true);
    expect(rows).toEqual([
      { input_ids: [5, 6], token_type_ids: [1, 0] },
      { input_ids: [7], token_type_ids: [1] },
      { input_ids: [2, 2], token_type_ids: [0, 0] },
    ]);
  });

  it("writes a valid file if there are no rows", async () => {
    expect((await writeAndRead("empty", [], false)).rows).toEqual([]);
  });
});
