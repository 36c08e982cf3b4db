import { describe, expect, it } from "vitest";
import { readTable } from "./table.ts";
import { tableExamples } from "./table-examples.ts";

const table = (name: string, text: string) => readTable(name, new TextEncoder().encode(text));

describe("tableExamples()", () => {
  const columns = { header: false, roles: ["label", "text", "pair"] } as const;

  it("reads pairs and keeps the line of each row", async () => {
    const [, second] = tableExamples(await table("a.tsv", "1\ta\tb\n\n0\tc\td"), columns);
    expect(second).toEqual({
      guid: "row-1",
      textA: "c",
      textB: "d",
      label: "0",
      source: { fileName: "a.tsv", line: 3 },
    });
  });

  it.each([
    ["1\ta", "input/short-row", "a.tsv, line 1: expected at least 3 columns, found 2."],
    ["1", "input/short-row", "a.tsv, line 1: expected at least 2 columns, found 1."],
    ["1\ta\tb\n\tc\td", "input/empty-label", "a.tsv, line 2, column 1"],
  ])("names file, line and column of a bad row: %j", async (text, code, message) => {
    const read = await table("a.tsv", text);
    expect(() => tableExamples(read, columns)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it("rejects columns without a text or without a label", async () => {
    const read = await table("a.tsv", "1\ta");
    expect(() => tableExamples(read, { header: false, roles: ["none", "text"] })).toThrow("Choose both columns.");
  });
});
