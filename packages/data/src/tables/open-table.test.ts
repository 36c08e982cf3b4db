import { gzipSync } from "node:zlib";
import { ByteWriter, parquetWrite } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { encode } from "../testing/encode.ts";
import { probableFormat } from "./delimited-table.ts";
import { openTable } from "./open-table.ts";
import { bytesSource, type TableSource } from "./source.ts";
import type { OpenTable, TableOptions } from "./types.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const open = (name: string, contents: string | Uint8Array, options: TableOptions = {}) =>
  openTable(bytesSource(name, typeof contents === "string" ? utf8(contents) : contents), options);

async function cellsOf(table: OpenTable) {
  const rows: (readonly string[])[] = [];
  for await (const { cells } of table.rows()) rows.push(cells);
  return rows;
}

const rows = [
  ["Clean rooms, friendly staff", "5"],
  ['She said "no"\nand left', "1"],
  ["Too loud", "1"],
];
const csv = 'review,stars\n"Clean rooms, friendly staff",5\n"She said ""no""\nand left",1\nToo loud,1\n';
const json = rows.map(([review, stars]) => ({ review, stars: Number(stars) }));

function parquet(): Uint8Array {
  const writer = new ByteWriter();
  const columnData = [
    { name: "review", data: rows.map(([review]) => review!) },
    { name: "stars", data: json.map(({ stars }) => stars), type: "INT32" as const },
  ];
  parquetWrite({ writer, columnData });
  return new Uint8Array(writer.getBuffer());
}

/** Returns a Zstandard frame with one block that is not compressed. */
function zstd(text: string): Uint8Array {
  const bytes = utf8(text);
  const block = (bytes.length << 3) | 1;
  const size = bytes.length - 256;
  const header = [0x28, 0xb5, 0x2f, 0xfd, 0x60, size & 255, size >> 8, block & 255, (block >> 8) & 255, block >> 16];
  return Uint8Array.from([...header, ...bytes]);
}

describe("openTable() reads", () => {
  it.each([
    ["a.csv", csv, 'a.csv: CSV, UTF-8, delimited by ",", with a header'],
    [
      "a.CSV",
      csv.replaceAll("\n", "\r\n").replace('no""\r\n', 'no""\n'),
      'a.CSV: CSV, UTF-8, delimited by ",", with a header',
    ],
    ["a.csv.gz", new Uint8Array(gzipSync(csv)), 'a.csv.gz: CSV, UTF-8, delimited by ",", with a header'],
    ["data", csv, 'data: CSV, UTF-8, delimited by ",", with a header'],
    ["a.csv", `sep=,\r\n${csv}`, 'a.csv: CSV, UTF-8, delimited by ",", with a header'],
    [
      "a.tsv",
      csv.replaceAll(",5", "\t5").replaceAll(",1", "\t1").replace("w,s", "w\ts"),
      'a.tsv: TSV, UTF-8, quoted with ", with a header',
    ],
    ["a.jsonl", json.map((row) => JSON.stringify(row)).join("\n"), "a.jsonl: JSON Lines, UTF-8"],
    ["a.json", json.map((row) => JSON.stringify(row)).join("\n"), "a.json: JSON Lines, UTF-8"],
    ["a.json", JSON.stringify(json, null, 2), "a.json: JSON, UTF-8"],
    ["a.json", JSON.stringify({ version: 1, data: json }), "a.json: JSON, UTF-8"],
    ["a.json", JSON.stringify({ review: rows.map(([text]) => text), stars: [5, 1, 1] }), "a.json: JSON, UTF-8"],
    ["a.json", JSON.stringify({ columns: ["review", "stars"], index: [0, 1, 2], data: rows }), "a.json: JSON, UTF-8"],
    [
      "a.json",
      JSON.stringify({ review: { ...rows.map(([text]) => text) }, stars: { 0: 5, 1: 1, 2: 1 } }),
      "a.json: JSON, UTF-8",
    ],
    ["a.csv", json.map((row) => JSON.stringify(row)).join("\n"), "a.csv: JSON Lines, UTF-8"],
    ["a.parquet", parquet(), "a.parquet: Parquet"],
    ["data", parquet(), "data: Parquet"],
  ])("%s %#", async (name, contents, guess) => {
    const table = await open(name, contents);
    expect(table.guesses).toEqual([guess]);
    expect(table.columns).toEqual(["review", "stars"]);
    expect(await cellsOf(table)).toEqual(rows);
    expect(table.sample.map(({ cells }) => cells)).toEqual(rows);
    expect(table.summary()).toEqual({ rows: 3, blankLines: 0, notes: [] });
    // A table can be read again.
    expect(await cellsOf(table)).toEqual(rows);
  });

  it("lines of text, with commas and quotes", async () => {
    const lines = ["Well, I like it", '"Fine"', "no comma", "one, two, three"];
    const table = await open("a.txt", `${lines.join("\n")}\n\n`);
    expect(table).toMatchObject({ format: "text", header: false, columns: ["column 1"] });
    expect(await cellsOf(table)).toEqual(lines.map((line) => [line]));
    expect(table.summary()).toMatchObject({ rows: 4, blankLines: 1, notes: ["a.txt: skipped 1 blank line"] });
  });

  it("lines that end with carriage returns, and says so", async () => {
    const table = await open("a.tsv", "label\ttext\rgood\tfine\rbad\tawful\r");
    expect(table.guesses).toEqual(["a.tsv: TSV, UTF-8, lines ended by carriage returns, with a header"]);
    expect(await cellsOf(table)).toEqual([
      ["good", "fine"],
      ["bad", "awful"],
    ]);
  });

  it("joined files, without the byte order marks between them", async () => {
    const part = '\ufeffgood\tvery fine day\r\n\ufeff"bad"\tan awful day\r\n';
    const table = await open("a.tsv", part + part, { quote: '"' });
    expect((await cellsOf(table)).map(([label]) => label)).toEqual(["good", "bad", "good", "bad"]);
    expect(table.summary().notes).toEqual([
      "a.tsv: removed 3 byte order marks within the file. It may be several joined files.",
    ]);
  });

  it("quotes after spaces", async () => {
    const table = await open("a.csv", 'review, stars\n"Clean rooms, friendly staff", "5"\n"Too loud", "1"\n');
    expect(await cellsOf(table)).toEqual([
      ["Clean rooms, friendly staff", "5"],
      ["Too loud", "1"],
    ]);
  });

  it.each(["^", "\u0001", "~", "|"])("cells delimited by %j", async (delimiter) => {
    const text = Array.from({ length: 9 }, (_, i) => `Room ${i}, quiet${delimiter}${["good", "bad"][i % 2]}`).join(
      "\n",
    );
    const table = await open("a.csv", text);
    expect(table.delimiter).toBe(delimiter);
  });

  it("several frames of a Zstandard file", async () => {
    const lines = "a fine room in the house,good\na bad room in the house,bad\n".repeat(10);
    const bytes = new Uint8Array([...zstd(lines), ...zstd(lines)]);
    const table = await open("a.csv.zst", bytes);
    expect(table.compression).toBe("zstd");
    expect(await cellsOf(table)).toHaveLength(40);
  });

  it("lists and missing values of JSON as cells", async () => {
    const table = await open("a.jsonl", '{"text":"a","labels":["x","y"]}\n{"text":null,"ok":true}\n');
    expect(table.columns).toEqual(["text", "labels", "ok"]);
    expect(await cellsOf(table)).toEqual([
      ["a", '["x","y"]', ""],
      ["", "", "true"],
    ]);
  });

  it("a stream that can be read once", async () => {
    const { stream } = bytesSource("stdin", utf8(csv.repeat(20_000).replaceAll("\nreview,stars", "")));
    let opened = 0;
    const source: TableSource = {
      name: "stdin",
      once: true,
      stream() {
        opened++;
        return stream();
      },
    };
    const table = await openTable(source);
    expect(table.complete).toBe(false);
    expect(await cellsOf(table)).toHaveLength(60_000);
    expect(opened).toBe(1);
  });

  it("a legacy encoding of which the first character is far from the start", async () => {
    const text = `${"a plain row of text,good\nanother row of words,bad\n".repeat(20_000)}一个很长的房间很干净,good\n`;
    const table = await open("a.csv", encode(text, "gb18030")!);
    expect(table.encoding).toBe("gb18030");
    expect((await cellsOf(table)).at(-1)).toEqual(["一个很长的房间很干净", "good"]);
  });

  it("what the options say, without detection", async () => {
    const options = { encoding: "gbk", delimiter: ";", header: false, quote: "none" } as const;
    const table = await open("a.csv", encode('"很好;pos\n很差";neg\n', "gbk")!, options);
    expect(await cellsOf(table)).toEqual([
      ['"很好', "pos"],
      ['很差"', "neg"],
    ]);
    expect(table.columns).toEqual(["column 1", "column 2"]);
  });
});

describe("openTable() rejects", () => {
  it.each([
    [
      "a.csv",
      utf8("PK\x03\x04\x14\0[Content_Types].xml"),
      "input/not-text",
      "found an Excel workbook (.xlsx). Save the sheet as",
    ],
    [
      "a.csv",
      parquet(),
      "input/not-text",
      "found Parquet. Rename the file to .parquet, or set the format (--format parquet).",
    ],
    ["a.parquet", csv, "input/not-text", "found a file that is not Parquet."],
    ["a.csv", "<!DOCTYPE html>\n<html>", "input/not-text", "found a web page (HTML)."],
    ["a.csv", "%PDF-1.7\n", "input/not-text", "found a PDF."],
    ["a.csv", " \n\n", "input/no-rows", "a.csv: the file has no rows."],
    ["a.csv", "", "input/no-rows", "a.csv: the file has no rows."],
    ["a.csv", "text,label\n", "input/no-rows", "a.csv: the file has a header, but no rows."],
    [
      "a.csv",
      ",0,1\n0,clean rooms,good\n1,too loud,bad\n",
      "input/doubtful-header",
      'a.csv: the first row ("", "0", "1") may be a header or data. Set --header or --no-header.',
    ],
    [
      "a.csv",
      "outcome,thing\ngood,a fine day in town\nbad,an awful day in town\n",
      "input/doubtful-header",
      'a.csv: the first row ("outcome", "thing") may be a header or data. Set --header or --no-header.',
    ],
    [
      "a.tsv",
      Uint8Array.of(0x61, 9, 0xff, 10),
      "input/invalid-utf8",
      "a.tsv, line 1, byte 3: the bytes are not valid UTF-8; they may be",
    ],
    ["a.jsonl", '{"text": 1}\n{"text"\n', "input/json", "a.jsonl, line 2: the line is not valid JSON"],
    ["a.json", '{"text": [1}', "input/json", "a.json: the file is not valid JSON"],
    [
      "a.csv.gz",
      new Uint8Array(gzipSync(csv)).subarray(0, 40),
      "input/compression",
      "a.csv.gz: cannot be decompressed as gzip",
    ],
  ])("%s %#", async (name, contents, code, message) => {
    await expect(open(name, contents)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  const wide = `${"a fine room,good\na bad room,bad\n".repeat(5)}one,two,three\n`;

  it("a row with another number of columns, or skips and counts it", async () => {
    await expect(open("a.csv", wide).then(cellsOf)).rejects.toMatchObject({
      code: "input/ragged-row",
      message: expect.stringContaining('a.csv, line 11: expected 2 columns delimited by ",", found 3.'),
    });
    const table = await open("a.csv", wide, { onBadRow: "skip" });
    expect(await cellsOf(table)).toHaveLength(10);
    expect(table.summary()).toMatchObject({ rows: 10, badRows: { count: 1 } });
    expect(table.summary().notes[0]).toMatch(/^a.csv: skipped 1 bad row. First bad row: a.csv, line 11: /);
  });

  it("a line that is not valid UTF-8, or skips and counts it", async () => {
    const good = "房间很干净，服务很好,good\n隔壁很吵，睡不着,bad\n".repeat(5);
    const bytes = new Uint8Array([...utf8(good), 0x61, 0xb0, 0x2c, 0x62, 0x0a, ...utf8(good)]);
    await expect(open("a.csv", bytes)).rejects.toMatchObject({
      code: "input/invalid-utf8",
      message: expect.stringContaining(
        "a.csv, line 11, byte 2: the bytes are not valid UTF-8, although the other lines are.",
      ),
    });
    const table = await open("a.csv", bytes, { onBadRow: "skip" });
    expect(await cellsOf(table)).toHaveLength(20);
    expect(table.summary()).toMatchObject({ rows: 20, badRows: { count: 1 } });
  });
});

describe("openTable() with the columns of another table", () => {
  const doubtful = "outcome,thing\ngood,a fine day in town\nbad,an awful day in town\n";

  it("recognizes the same header, in any order", async () => {
    const like = { header: true, columns: ["Thing", "outcome", "id"] };
    expect(await open("a.csv", doubtful, { like })).toMatchObject({ header: true, columns: ["outcome", "thing"] });
  });

  it("reads no header if the other table has none and as many columns", async () => {
    const like = { header: false, columns: ["column 1", "column 2"] };
    expect(await open("a.csv", doubtful, { like })).toMatchObject({ header: false, columns: like.columns });
    expect(await open("a.csv", csv, { like })).toMatchObject({ header: true }); // this header is certain
  });

  it("remains in doubt otherwise", async () => {
    for (const columns of [["column 1"], ["column 1", "column 2", "column 3"]])
      await expect(open("a.csv", doubtful, { like: { header: false, columns } })).rejects.toThrow(/--no-header/);
    const like = { header: true, columns: ["review", "stars"] };
    await expect(open("a.csv", doubtful, { like })).rejects.toThrow(/--no-header/);
  });
});

describe("probableFormat()", () => {
  it.each([
    ["csv", csv],
    ["tsv", "good\tfine day\nbad\tawful day\n"],
    ["jsonl", '{"text": "a"}\n{"text": "b"}\n'],
    ["json", '[\n{"text": "a"}\n]'],
    [undefined, "Clean rooms\nToo loud, sadly\nGood; not great\n"],
    [undefined, "很好，1 酒店\n很差，2 酒店\n"],
    [undefined, "[1] a footnote\n{braces} in a text\n"],
    [undefined, "\n \n"],
  ])("returns %s", (format, text) => {
    expect(probableFormat(text)).toBe(format);
  });
});
