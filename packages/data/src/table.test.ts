import { describe, expect, it } from "vitest";
import { guessColumns, readTable } from "./table.ts";
import { tableExamples } from "./table-examples.ts";

const table = (name: string, text: string) => readTable(name, new TextEncoder().encode(text));
const reviews = ["很好", "真的很差，不会再来", "服务不错，下次还来", "太吵"].map((text, i) => ({
  text,
  label: i % 2 ? "neg" : "pos",
}));
const repeated = [...reviews, ...reviews];

describe("readTable()", () => {
  const rows = [
    ["很好", "pos"],
    ["很差", "neg"],
  ];
  const cellsOf = async (name: string, bytes: Uint8Array) =>
    (await readTable(name, bytes)).rows.map(({ cells }) => cells);
  const utf8 = (text: string) => new TextEncoder().encode(text);

  it.each([
    ["a byte order mark and \\r\\n", "a.tsv", utf8("\ufeff很好\tpos\r\n很差\tneg\r\n")],
    ["UTF-16 from a spreadsheet", "a.txt", Uint8Array.from(Buffer.from("\ufeff很好\tpos\r\n很差\tneg\r\n", "utf16le"))],
    [
      "GB 18030",
      "a.csv",
      Uint8Array.of(0xba, 0xdc, 0xba, 0xc3, 0x2c, ...utf8("pos\n"), 0xba, 0xdc, 0xb2, 0xee, ...utf8(",neg")),
    ],
    ["semicolons", "a.csv", utf8("很好;pos\n很差;neg\n")],
    ["tabs in a file named .csv", "a.CSV", utf8('"很好"\tpos\n很差\tneg\n')],
  ])("reads %s", async (_, name, bytes) => {
    expect(await cellsOf(name, bytes)).toEqual(rows);
  });

  it.each([
    [
      "a.xlsx",
      Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0),
      "input/not-text",
      'found an Excel workbook (.xlsx). Save the sheet as "CSV UTF-8"',
    ],
    ["a.tsv", Uint8Array.of(0x61, 9, 0, 10), "input/not-text", "found binary data"],
    ["a.tsv", Uint8Array.of(0x61, 9, 0xff, 10), "input/invalid-utf8", "save the file as UTF-8"],
    ["a.csv", utf8('a,b\n"c\nd",e\n"f,g\nh,i\n'), "input/invalid-csv", "a.csv, line 4: a quoted cell is not closed"],
    ["a.csv", utf8(" \n\n"), "input/no-rows", "a.csv: the file has no rows"],
  ])("rejects %s %s and names the problem", async (name, bytes, code, message) => {
    await expect(readTable(name, bytes)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it("reads commas in a file without tabs and without the extension .csv", async () => {
    expect(await cellsOf("a.txt", utf8("很好,pos\n\n很差,neg\n还好,pos\n太吵,neg"))).toEqual([
      ...rows,
      ["还好", "pos"],
      ["太吵", "neg"],
    ]);
  });

  it("counts line breaks within quotes", async () => {
    const { rows: read } = await readTable("a.csv", utf8('"a\nb",1\n\n"c",2\n'));
    expect(read).toEqual([
      { line: 1, cells: ["a\nb", "1"] },
      { line: 4, cells: ["c", "2"] },
    ]);
  });
});

describe("guessColumns()", () => {
  it("finds label and text without a header", async () => {
    const read = await table("a.tsv", repeated.map(({ text, label }) => `${label}\t${text}`).join("\n"));
    expect(guessColumns(read)).toEqual({ header: false, roles: ["label", "text"] });
  });

  it("finds a header, and does not mistake row numbers for labels", async () => {
    const lines = repeated.map(({ text, label }, i) => `${i},"${text}, ""ja""",${label}`);
    const read = await table("a.csv", `id,review,class\r\n${lines.join("\r\n")}\r\n`);
    const columns = guessColumns(read);
    expect(columns).toEqual({ header: true, roles: ["none", "text", "label"] });
    const examples = tableExamples(read, columns);
    expect(examples).toHaveLength(8);
    expect(examples[1]).toMatchObject({ textA: '真的很差，不会再来, "ja"', label: "neg" });
  });

  it("finds no label in a single column of distinct values", async () => {
    expect(guessColumns(await table("a.tsv", "a\nb\nc")).roles).toEqual(["text"]);
  });
});
