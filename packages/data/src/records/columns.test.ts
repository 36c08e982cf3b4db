import { describe, expect, it } from "vitest";
import { findColumns } from "./columns.ts";

const header = new TextEncoder().encode("label\ttext\tother\r\n");

describe("findColumns()", () => {
  it("finds the fields in a header", async () => {
    expect(await findColumns(header, "tsv", { text: "text", pair: "label" }, "f")).toEqual({
      text: { name: "text", index: 1 },
      pair: { name: "label", index: 0 },
    });
  });

  it("lists the existing columns if a field is missing", async () => {
    await expect(findColumns(header, "tsv", { text: "text", pair: "txt" }, "f.tsv")).rejects.toThrow(
      'f.tsv, line 1: no column is named "txt". Set the field (--field) or pair field (--pair-field) to one of "label", "text", "other".',
    );
    const empty = findColumns(new Uint8Array(0), "csv", { text: "text", pair: undefined }, "f.csv");
    await expect(empty).rejects.toThrow(/^f\.csv: the file is empty/);
  });
});
