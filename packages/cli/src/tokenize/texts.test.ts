import { describe, expect, it } from "vitest";
import type { Columns } from "./block.ts";
import { type InputFormat, type OnInvalidUtf8, RecordFault, readCells, readTexts } from "./texts.ts";

const columns: Columns = { text: { name: "text", index: 1 }, pair: undefined };
const pairs: Columns = { ...columns, pair: { name: "other", index: 0 } };

function read(
  text: string | Uint8Array,
  format: InputFormat,
  options: { columns?: Columns; invalid?: OnInvalidUtf8 } = {},
) {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return readTexts(bytes, format, options.columns ?? columns, options.invalid ?? "replace");
}

function faultOf(...args: Parameters<typeof read>): { line: number; message: string } {
  try {
    read(...args);
  } catch (error) {
    if (error instanceof RecordFault) return { line: error.line, message: error.message };
    throw error;
  }
  throw new Error("nothing was wrong");
}

describe("readTexts()", () => {
  it("of lines gives all, without their ends", () => {
    expect(read("a\r\n\nb\rc\nd", "lines").items).toEqual(["a", "", "b\rc", "d"]);
    expect(read("\n", "lines").items).toEqual([""]);
    expect(read("", "lines").items).toEqual([]);
  });

  it("of tsv gives the column, quotes and all, and passes blank lines by", () => {
    expect(read('1\t"a"\tx\n\n2\tb\r\n', "tsv").items).toEqual(['"a"', "b"]);
    expect(read("1\ta\n", "tsv", { columns: pairs }).items).toEqual([["a", "1"]]);
  });

  it("of csv reads quotes, and line ends within", () => {
    expect(read('1,"a, ""b""\nc"\r\n\r\n2,d', "csv").items).toEqual(['a, "b"\nc', "d"]);
  });

  it("of jsonl gives the key's text", () => {
    const text = '{"text": "a\\nb", "other": "天"}\n\n{"other": "", "text": ""}';
    expect(read(text, "jsonl").items).toEqual(["a\nb", ""]);
    expect(read(text, "jsonl", { columns: pairs }).items).toEqual([
      ["a\nb", "天"],
      ["", ""],
    ]);
  });

  it.each<[InputFormat, string, number, RegExp]>([
    ["tsv", "1\ta\n\nshort\n", 2, /^the row has 1 column, and "text" is column 2/],
    ["csv", '1,"\n\n"\nshort\n', 3, /^the row has 1 column, and "text" is column 2/],
    ["csv", '1,"a" b\n', 0, /quote/],
    ["csv", '1,a\n1,"a\n', 1, /quoted field unterminated/],
    ["jsonl", '{"text":""}\n{"text":1}', 1, /^key "text" is no text/],
    ["jsonl", "{}", 0, /^key "text" is missing/],
    ["jsonl", '\n{"text"', 1, /^the line is not valid JSON/],
    ["jsonl", "[]", 0, /^the line is JSON, but no object/],
  ])("names what is wrong, and in which line: %s %j", (format, text, line, message) => {
    const fault = faultOf(text, format);
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
  ])("%ss records that are not UTF-8, and counts them", (invalid, items) => {
    expect(read(broken, "tsv", { invalid })).toEqual({ items, invalid: 1 });
  });

  it("fails on them if that is asked for", () => {
    expect(faultOf(broken, "tsv", { invalid: "fail" })).toEqual({
      line: 1,
      message: expect.stringMatching(/^the bytes are not valid UTF-8/),
    });
  });
});

describe("readCells()", () => {
  it("reads a header", () => {
    expect(readCells("a\tb\r\n", "tsv")).toEqual(["a", "b"]);
    expect(readCells('"a,""x""",b\n', "csv")).toEqual(['a,"x"', "b"]);
    expect(readCells("", "csv")).toEqual([]);
  });
});
