import type { RecordEnds } from "@bertie/common";
import fc from "fast-check";
import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import { csvRowEnds } from "./csv-row-ends.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Returns all records. The buffer grows by `step` bytes until it contains a complete record. */
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

describe("csvRowEnds()", () => {
  it("ignores line ends between quotes, doubled quotes, and quotes within an unquoted cell", () => {
    const rows = ['a,"b\n"\n', '"x ""\n"" y",z\r\n', '5" disk,"\n"\n', '""\n', ",\n", '"open\n'];
    expect(records(csvRowEnds(), rows.join(""), 3)).toEqual(rows);
  });

  it("splits well-formed CSV into the same rows as a CSV parser", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", "天", '"', ",", "\n", "\r\n", " "), maxLength: 6 });
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 3 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 9 }), (rows, step) => {
        const text = Papa.unparse(rows, { newline: "\n", quotes: true });
        const split = records(csvRowEnds(), text, step);
        expect(split.map((row) => Papa.parse(row.replace(/\n$/, ""), { delimiter: ",", newline: "\n" }).data)).toEqual(
          rows.map((row) => [row]),
        );
      }),
    );
  });
});
