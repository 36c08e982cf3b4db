import fc from "fast-check";
import papa from "papaparse";
import { describe, expect, it } from "vitest";
import { createRowParser, type Dialect } from "./row-parser.ts";

const csv: Dialect = { delimiter: ",", quote: '"', backslash: false, carriageReturns: false };

function parse(text: string, dialect: Dialect = csv, pieces: readonly number[] = []) {
  const errors: string[] = [];
  const parser = createRowParser("a.csv", dialect, ({ message }) => errors.push(message));
  const cuts = [0, ...pieces.map((piece) => piece % (text.length + 1)).sort((a, b) => a - b), text.length];
  const rows = cuts.slice(1).flatMap((cut, i) => parser.push(text.slice(cuts[i], cut)));
  return { rows: [...rows, ...parser.end()], errors };
}

const cellsOf = (...given: Parameters<typeof parse>) => parse(...given).rows.map(({ cells }) => cells);
const pieces = fc.array(fc.nat(), { maxLength: 4 });

describe("createRowParser()", () => {
  it("reads the tables that papaparse writes, in pieces of any length", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", "很", '"', ",", ";", "\t", "\n", "'", " ", "\\") });
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((columns) => fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1 }));
    const dialects = fc.record({
      delimiter: fc.constantFrom(",", ";", "\t", "|"),
      newline: fc.constantFrom("\n", "\r\n"),
      quotes: fc.boolean(),
    });
    fc.assert(
      fc.property(table, dialects, pieces, (cells, { delimiter, newline, quotes }, cuts) => {
        const text = papa.unparse(cells, { delimiter, newline, quotes, skipEmptyLines: false });
        // A single empty cell at the end is written as no line at all.
        fc.pre(text !== "" && !text.endsWith("\n"));
        expect(cellsOf(text, { ...csv, delimiter }, cuts)).toEqual(cells);
      }),
      { numRuns: 500 },
    );
  });

  it("agrees with papaparse on texts with quotes anywhere, if papaparse finds no error", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", '"', ",", "\n", " "), maxLength: 30 });
    fc.assert(
      fc.property(text, pieces, (given, cuts) => {
        const expected = papa.parse<string[]>(given, { delimiter: ",", newline: "\n" });
        const { rows, errors } = parse(given, csv, cuts);
        fc.pre(expected.errors.length === 0 && errors.length === 0 && given !== "" && !given.endsWith("\n"));
        expect(rows.map(({ cells }) => cells)).toEqual(expected.data);
      }),
      { numRuns: 2000 },
    );
  });

  it("returns the same rows and errors wherever the text is cut", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", '"', "'", ",", "\n", "\r\n", " ", "\\", '\\"'),
      maxLength: 60,
    });
    const dialect = fc.record({
      delimiter: fc.constant(","),
      quote: fc.constantFrom('"', "'", undefined),
      backslash: fc.boolean(),
      carriageReturns: fc.constant(false),
    });
    fc.assert(
      fc.property(text, dialect, pieces, (given, chosen, cuts) => {
        expect(parse(given, chosen, cuts)).toEqual(parse(given, chosen));
      }),
      { numRuns: 2000 },
    );
  });

  it("numbers rows by their first line", () => {
    expect(parse('"a\n\nb",1\r\n\n"c",2').rows).toEqual([
      { line: 1, cells: ["a\n\nb", "1"] },
      { line: 4, cells: [""] },
      { line: 5, cells: ["c", "2"] },
    ]);
  });

  it("reads backslash escapes, and lines that end with carriage returns", () => {
    expect(cellsOf('"a \\"b\\" \\\\",1\n', { ...csv, backslash: true })).toEqual([['a "b" \\', "1"]]);
    expect(cellsOf('a,"b\rc"\rd,e\r', { ...csv, carriageReturns: true })).toEqual([
      ["a", "b\rc"],
      ["d", "e"],
    ]);
  });

  it("reports a row with wrong quotes, and continues on the next line", () => {
    const { rows, errors } = parse('a,b\n"c"d,e\nf,g\n"h,i\nj,k\n');
    expect(rows.map(({ line, cells }) => [line, ...cells])).toEqual([
      [1, "a", "b"],
      [3, "f", "g"],
      [5, "j", "k"],
    ]);
    expect(errors).toEqual([
      expect.stringContaining("a.csv, line 2: text follows the closing quote of a cell."),
      expect.stringContaining("a.csv, line 4: a quoted cell is not closed."),
    ]);
  });

  it("does not search the whole file for the end of a cell that is not closed", () => {
    const line = "x".repeat(1 << 16);
    const parser = createRowParser("a.csv", csv, (error) => {
      throw error;
    });
    const pushAll = () => {
      parser.push(`"${line}`);
      for (let i = 0; i < 200; i++) parser.push(`${line}\n`);
    };
    expect(pushAll).toThrow("a.csv, line 1: a quoted cell is not closed");
  });
});
