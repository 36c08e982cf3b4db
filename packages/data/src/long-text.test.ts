import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countFittedRows, fitRow, type TokenRow } from "./long-text.ts";

const CLS = 101;
const SEP = 102;

function row(first: number, second?: number): TokenRow {
  const a = Array.from({ length: first }, (_, i) => 1000 + i);
  const b = second === undefined ? [] : [...Array.from({ length: second }, (_, i) => 5000 + i), SEP];
  const inputIds = Int32Array.from([CLS, ...a, SEP, ...b]);
  return { inputIds, segmentIds: new Int32Array(inputIds.length).fill(1, first + 2) };
}

const textOf = ({ inputIds }: TokenRow) => [...inputIds].filter((id) => id >= 1000);

describe("fitRow()", () => {
  it("returns a row that fits unchanged", () => {
    const short = row(3);
    for (const longText of ["truncate", "head+tail", "windows"] as const)
      expect(fitRow(short, { maxLength: 5, longText })).toEqual([short]);
  });

  it("keeps the first quarter and the last three quarters with head+tail", () => {
    const [fitted] = fitRow(row(20), { maxLength: 10, longText: "head+tail" });
    expect([...fitted!.inputIds]).toEqual([CLS, 1000, 1001, 1014, 1015, 1016, 1017, 1018, 1019, SEP]);
  });

  it("splits a text into full windows that overlap and end with the text", () => {
    const rows = fitRow(row(11), { maxLength: 6, longText: "windows", windowOverlap: 1 });
    expect(rows.map((each) => textOf(each).map((id) => id - 1000))).toEqual([
      [0, 1, 2, 3],
      [3, 4, 5, 6],
      [6, 7, 8, 9],
      [7, 8, 9, 10],
    ]);
  });

  it("splits the longer text of a pair, and repeats the shorter one", () => {
    const rows = fitRow(row(2, 9), { maxLength: 9, longText: "windows", windowOverlap: 0 });
    expect(rows.map(textOf)).toEqual([
      [1000, 1001, 5000, 5001, 5002, 5003],
      [1000, 1001, 5004, 5005, 5006, 5007],
      [1000, 1001, 5005, 5006, 5007, 5008],
    ]);
  });

  it("truncates like the tokenizer: the longer text, or the second one, loses tokens first", () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), fc.integer({ min: 5, max: 40 }), (first, second, maxLength) => {
        const lengths = [first, second];
        while (lengths[0]! + lengths[1]! > maxLength - 3) lengths[lengths[0]! > lengths[1]! ? 0 : 1]!--;
        const [fitted] = fitRow(row(first, second), { maxLength, longText: "truncate" });
        const text = textOf(fitted!);
        expect([text.filter((id) => id < 5000).length, text.filter((id) => id >= 5000).length]).toEqual(lengths);
      }),
    );
  });

  it("returns valid rows that cover every token of the longer text with windows", () => {
    const option = fc.record({
      first: fc.nat(200),
      second: fc.option(fc.nat(200), { nil: undefined }),
      maxLength: fc.integer({ min: 5, max: 64 }),
      windowOverlap: fc.option(fc.nat(100), { nil: undefined }),
      longText: fc.constantFrom("truncate" as const, "head+tail" as const, "windows" as const),
    });
    fc.assert(
      fc.property(option, ({ first, second, ...options }) => {
        const rows = fitRow(row(first, second), options);
        for (const { inputIds, segmentIds } of rows) {
          expect(inputIds.length).toBeLessThanOrEqual(options.maxLength);
          expect(segmentIds.length).toBe(inputIds.length);
          expect([inputIds[0], inputIds.at(-1)]).toEqual([CLS, SEP]);
          expect(inputIds.filter((id) => id === SEP).length).toBe(second === undefined ? 1 : 2);
        }
        if (options.longText !== "windows") {
          expect(rows.length).toBe(1);
          return;
        }
        const splitsFirst = second === undefined || first >= second;
        const covered = new Set(rows.flatMap(textOf).filter((id) => id < 5000 === splitsFirst));
        expect(covered.size).toBe(splitsFirst ? first : second);
      }),
    );
  });
});

describe("countFittedRows()", () => {
  it("counts the rows of fitRow()", () => {
    const length = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(
        ...([length, fc.option(length, { nil: undefined }), fc.integer({ min: 8, max: 30 })] as const),
        ...([fc.constantFrom("truncate", "windows"), fc.option(fc.nat(40), { nil: undefined })] as const),
        (first, second, maxLength, longText, windowOverlap) => {
          const options = { maxLength, longText, windowOverlap };
          expect(countFittedRows(first, second, options)).toBe(fitRow(row(first, second), options).length);
        },
      ),
    );
  });
});
