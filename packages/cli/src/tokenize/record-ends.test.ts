import fc from "fast-check";
import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import { countLineFeeds, csvRowEnds, lineEnds, type RecordEnds } from "./record-ends.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** All records, asked for one by one; the buffer grows by `step` bytes whenever it does not hold one. */
function records(ends: RecordEnds, text: string, step: number): string[] {
  const bytes = bytesOf(text);
  const found: string[] = [];
  for (let start = 0, filled = 0; start < bytes.length; ) {
    const end = ends.next(bytes.subarray(start, start + filled), 1);
    if (end < 0 && start + filled < bytes.length) {
      filled += step;
      continue;
    }
    const length = end < 0 ? bytes.length - start : end;
    found.push(new TextDecoder().decode(bytes.subarray(start, start + length)));
    start += length;
    filled = Math.max(filled - length, 0);
  }
  return found;
}

describe("lineEnds()", () => {
  it("finds the first line end at or behind a place", () => {
    const bytes = bytesOf("a\nbc\nd");
    expect([0, 1, 2, 3, 5].map((least) => lineEnds().next(bytes, least))).toEqual([2, 2, 2, 5, 5]);
    expect(lineEnds().next(bytes, 6)).toBe(-1);
  });
});

describe("csvRowEnds()", () => {
  it("passes line ends between quotes by, and quotes that are doubled or within a bare cell", () => {
    const rows = ['a,"b\n"\n', '"x ""\n"" y",z\r\n', '5" disk,"\n"\n', '""\n', ",\n", '"open\n'];
    expect(records(csvRowEnds(), rows.join(""), 3)).toEqual(rows);
  });

  it("cuts what is well-formed into the rows that a parser finds", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", "天", '"', ",", "\n", "\r\n", " "), maxLength: 6 });
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 3 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 9 }), (rows, step) => {
        const text = Papa.unparse(rows, { newline: "\n", quotes: true });
        const cut = records(csvRowEnds(), text, step);
        expect(cut.map((row) => Papa.parse(row.replace(/\n$/, ""), { delimiter: ",", newline: "\n" }).data)).toEqual(
          rows.map((row) => [row]),
        );
      }),
    );
  });
});

describe("countLineFeeds()", () => {
  it("counts them", () => {
    expect(countLineFeeds(bytesOf("\na\n\n"))).toBe(3);
    expect(countLineFeeds(bytesOf("a"))).toBe(0);
  });
});
