import type { NamedBytes } from "@bertie/common";
import { ByteWriter, type ColumnSource, type ParquetWriter, parquetWrite } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { readFeatures } from "./feature-file.ts";
import { readFeatureParts } from "./feature-parts.ts";

type Schema = ParquetWriter["schema"];

/** Lists of optional integers, as Spark writes them. */
const list = (name: string): Schema => [
  { name, repetition_type: "OPTIONAL", converted_type: "LIST", num_children: 1 },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", type: "INT32", repetition_type: "OPTIONAL" },
];
const ids = [
  [2, 7, 3],
  [2, 3],
  [2, 9, 8, 3],
];
const columns = {
  text: ["a", "b", "c"],
  input_ids: ids,
  attention_mask: ids.map((row) => row.map(() => 1)),
  token_type_ids: ids.map((row) => row.map((_, i) => Number(i > 1))),
  label_id: [1n, 0n, 1n],
};

function parquet(
  data: Readonly<Record<string, readonly unknown[]>>,
  codec: "SNAPPY" | "UNCOMPRESSED" = "SNAPPY",
): NamedBytes {
  const names = Object.keys(data);
  const scalars = { text: "BYTE_ARRAY", label_id: "INT64", value: "DOUBLE" } as const;
  const schema: Schema = names.flatMap(
    (name): Schema =>
      name in scalars
        ? [{ name, type: scalars[name as keyof typeof scalars], repetition_type: "OPTIONAL" }]
        : list(name),
  );
  const writer = new ByteWriter();
  const columnData = names.map((name) => ({ name, data: [...data[name]!] })) as ColumnSource[];
  parquetWrite({
    writer,
    columnData,
    codec,
    schema: [{ name: "spark_schema", num_children: names.length }, ...schema],
  });
  return { name: "part-0.parquet", bytes: new Uint8Array(writer.getBuffer()) };
}

function jsonLines(count = 3): NamedBytes {
  const lines = ids.slice(0, count).map((row, i) =>
    JSON.stringify({
      input_ids: row,
      input_mask: columns.attention_mask[i],
      segment_ids: columns.token_type_ids[i],
      label_id: Number(columns.label_id[i]),
    }),
  );
  return { name: "part-1.jsonl", bytes: new TextEncoder().encode(`${lines.join("\n")}\n`) };
}

const read = (...files: readonly NamedBytes[]) => readFeatureParts("features", files);

describe("readFeatureParts()", () => {
  const { features } = readFeatures(jsonLines().bytes, "rows.jsonl");

  it.each(["SNAPPY", "UNCOMPRESSED"] as const)(
    "reads the same rows from Parquet (%s) as from JSON lines",
    async (codec) => {
      expect((await read(parquet(columns, codec))).features).toEqual(features);
    },
  );

  it("reads several files as one set, in their order", async () => {
    const set = await read(parquet(columns), jsonLines(1));
    expect(set).toMatchObject({ fileName: "features", problemType: "single_label_classification", blankLines: 0 });
    expect(set.features).toEqual([...features, features[0]]);
    await expect(read(parquet({ input_ids: ids, value: [1, 2, 3] }), jsonLines())).rejects.toThrow(
      'part-1.jsonl, line 1: expected the label in "value"',
    );
  });

  it("attends to all tokens of one text if a Parquet file has only their ids", async () => {
    const { input_ids, label_id } = columns;
    const set = await read(parquet({ input_ids, label_id }));
    expect(set.features).toEqual(features.map((row) => ({ ...row, segmentIds: new Int32Array(row.inputIds.length) })));
  });

  it("names the row that is null, and skips such rows on request", async () => {
    const files = [
      parquet({ ...columns, input_ids: [ids[0], null, ids[2]], attention_mask: [[1, 1, 1], null, [1, 1, 1, 1]] }),
    ];
    await expect(readFeatureParts("features", files)).rejects.toMatchObject({
      code: "input/invalid-value",
      message: expect.stringContaining('part-0.parquet, row 2: "input_ids" is null'),
    });
    const set = await readFeatureParts("features", files, {}, { onBadRow: "skip" });
    expect(set.features).toEqual([features[0], features[2]]);
    expect(set.badRows?.count).toBe(1);
  });

  it("rejects null tokens, two names of one key, and damaged files", async () => {
    await expect(read(parquet({ ...columns, input_ids: [[2, null, 3], ids[1], ids[2]] }))).rejects.toThrow(
      'row 1: "input_ids"[1] is null',
    );
    await expect(read(parquet({ ...columns, input_mask: columns.attention_mask }))).rejects.toThrow(
      'found both "input_mask" and "attention_mask"',
    );
    const { name, bytes } = parquet(columns);
    await expect(read({ name, bytes: bytes.subarray(0, bytes.length - 20) })).rejects.toMatchObject({
      code: "input/parquet",
    });
    await expect(read()).rejects.toMatchObject({ code: "input/no-rows" });
  });
});
