import { describe, expect, it } from "vitest";
import { findColumns } from "./columns.ts";

const header = new TextEncoder().encode("label\ttext\tother\r\n");

describe("findColumns()", () => {
  it("finds the fields in a header", () => {
    expect(findColumns(header, "tsv", { text: "text", pair: "label" }, "f")).toEqual({
      text: { name: "text", index: 1 },
      pair: { name: "label", index: 0 },
    });
  });

  it("names the columns that are there", () => {
    expect(() => findColumns(header, "tsv", { text: "text", pair: "txt" }, "f.tsv")).toThrow(
      'f.tsv, line 1: there is no column "txt", but "label", "text", "other"; name one with --field or --pair-field',
    );
    const nothing = () => findColumns(new Uint8Array(0), "csv", { text: "text", pair: undefined }, "f.csv");
    expect(nothing).toThrow(/^f\.csv: the file is empty/);
  });
});
