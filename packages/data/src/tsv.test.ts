import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTsv } from "./tsv.ts";

const read = (text: string) => readTsv(new TextEncoder().encode(text), "f.tsv");

describe("readTsv()", () => {
  it("splits at every tab and treats quotes as ordinary characters", () => {
    expect(read('1\t"a\t\tb"c\t\n').rows).toEqual([{ line: 1, cells: ["1", '"a', "", 'b"c', ""] }]);
  });

  it("skips and counts blank lines, and includes them in line numbers", () => {
    expect(read("\na\tb\n \t \r\n\nc\n\n")).toEqual({
      fileName: "f.tsv",
      rows: [
        { line: 2, cells: ["a", "b"] },
        { line: 5, cells: ["c"] },
      ],
      blankLines: 4,
    });
  });

  it("returns any table whose cells have no tabs or line ends", () => {
    const cell = fc.string({ unit: "grapheme" }).filter((text) => !/[\t\n\r]|^\ufeff/.test(text));
    const row = fc.array(cell, { minLength: 1 }).filter((cells) => cells.join("").trim() !== "");
    fc.assert(
      fc.property(fc.array(row), fc.constantFrom("\n", "\r\n"), (table, end) => {
        const { rows, blankLines } = read(table.map((cells) => cells.join("\t") + end).join(""));
        expect(rows).toEqual(table.map((cells, i) => ({ line: i + 1, cells })));
        expect(blankLines).toBe(0);
      }),
    );
  });
});
