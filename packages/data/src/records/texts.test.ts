import { describe, expect, it } from "vitest";
import {
  createTextReader,
  type InputFormat,
  type OnInvalidUtf8,
  RecordFault,
  readCells,
  type TextColumns,
} from "./texts.ts";

const columns: TextColumns = { text: { name: "text", index: 1 }, pair: undefined };
const pairs: TextColumns = { ...columns, pair: { name: "other", index: 0 } };

async function read(
  text: string | Uint8Array,
  format: InputFormat,
  options: { columns?: TextColumns; invalid?: OnInvalidUtf8 } = {},
) {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return (await createTextReader(format, options.invalid ?? "replace"))(bytes, options.columns ?? columns);
}

async function faultOf(...args: Parameters<typeof read>): Promise<{ line: number; message: string }> {
  try {
    await read(...args);
  } catch (error) {
    if (error instanceof RecordFault) return { line: error.line, message: error.message };
    throw error;
  }
  throw new Error("no fault");
}

describe("createTextReader()", () => {
  it("reads lines without their line ends", async () => {
    expect((await read("a\r\n\nb\rc\nd", "lines")).items).toEqual(["a", "", "b\rc", "d"]);
    expect((await read("\n", "lines")).items).toEqual([""]);
    expect((await read("", "lines")).items).toEqual([]);
  });

  it("reads a TSV column, keeps quotes, and skips blank lines", async () => {
    expect((await read('1\t"a"\tx\n\n2\tb\r\n', "tsv")).items).toEqual(['"a"', "b"]);
    expect((await read("1\ta\n", "tsv", { columns: pairs })).items).toEqual([["a", "1"]]);
  });

  it("reads CSV with quoted cells and line ends within quotes", async () => {
    expect((await read('1,"a, ""b""\nc"\r\n\r\n2,d', "csv")).items).toEqual(['a, "b"\nc', "d"]);
  });

  it("reads a key of JSON lines", async () => {
    const text = '{"text": "a\\nb", "other": "天"}\n\n{"other": "", "text": ""}';
    expect((await read(text, "jsonl")).items).toEqual(["a\nb", ""]);
    expect((await read(text, "jsonl", { columns: pairs })).items).toEqual([
      ["a\nb", "天"],
      ["", ""],
    ]);
  });

  it.each<[InputFormat, string, number, RegExp]>([
    ["tsv", "1\ta\n\nshort\n", 2, /^expected at least 2 columns \("text" is column 2\), found 1\./],
    ["csv", '1,"\n\n"\nshort\n', 3, /^expected at least 2 columns \("text" is column 2\), found 1\./],
    ["csv", '1,"a" b\n', 0, /quote/],
    ["csv", '1,a\n1,"a\n', 1, /quoted field unterminated/],
    ["jsonl", '{"text":""}\n{"text":1}', 1, /^key "text" is not a string/],
    ["jsonl", "{}", 0, /^key "text" is missing/],
    ["jsonl", '\n{"text"', 1, /^the line is not valid JSON/],
    ["jsonl", "[]", 0, /^expected a JSON object, found another JSON value/],
  ])("reports the error and its line: %s %j", async (format, text, line, message) => {
    const fault = await faultOf(text, format);
    expect(fault.line).toBe(line);
    expect(fault.message).toMatch(message);
  });

  const broken = Uint8Array.from([
    ...new TextEncoder().encode("0\ta\n0\tb"),
    0xff,
    ...new TextEncoder().encode("\n0\tc\n"),
  ]);

  it.each<[OnInvalidUtf8, string[]]>([
    ["replace", ["a", "b\uFFFD", "c"]],
    ["skip", ["a", "c"]],
  ])("counts records that are not valid UTF-8 with onInvalidUtf8 %j", async (invalid, items) => {
    expect(await read(broken, "tsv", { invalid })).toEqual({ items, invalid: 1 });
  });

  it('fails on a record that is not valid UTF-8 with onInvalidUtf8 "fail"', async () => {
    expect(await faultOf(broken, "tsv", { invalid: "fail" })).toEqual({
      line: 1,
      message: expect.stringMatching(/^the bytes are not valid UTF-8/),
    });
  });
});

describe("readCells()", () => {
  it("reads a header", async () => {
    expect(await readCells("a\tb\r\n", "tsv")).toEqual(["a", "b"]);
    expect(await readCells('"a,""x""",b\n', "csv")).toEqual(['a,"x"', "b"]);
    expect(await readCells("", "csv")).toEqual([]);
  });
});
