import { bytesSource, openTable, type TableOptions } from "@bertie/data";
import { describe, expect, it } from "vitest";
import { type LabelSettings, labelReader } from "./label-reader.ts";

/** Opens a table of a column of texts and columns of labels, and its reader of labels. */
async function readerOf(
  columns: Readonly<Record<string, readonly string[]>>,
  settings: LabelSettings = {},
  options: TableOptions = {},
) {
  const names = Object.keys(columns);
  const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  const lines = columns[names[0]!]!.map((_, row) =>
    ["some text", ...names.map((name) => columns[name]![row]!)].map(quoted).join(","),
  );
  const csv = [["text", ...names].join(","), ...lines, ""].join("\n");
  const table = await openTable(bytesSource("a.csv", new TextEncoder().encode(csv)), { header: true, ...options });
  const reader = labelReader(
    table,
    names.map((_, i) => i + 1),
    settings,
  );
  const readAll = (skip = false) =>
    table.sample.map(({ line, cells }) => reader.read(cells, line, (label) => label.trim(), skip));
  return { reader, readAll };
}

const numbers = (count: number, factor = 1) => Array.from({ length: count }, (_, i) => String(i * factor));

describe("labelReader() with single labels", () => {
  it("reads trimmed labels", async () => {
    const { reader, readAll } = await readerOf({ label: ["good ", "bad"] });
    expect(reader).toMatchObject({ problemType: "single_label_classification", labels: undefined, guesses: [] });
    expect(readAll()).toEqual([{ label: "good" }, { label: "bad" }]);
  });

  it.each([
    ["few numbers", numbers(20)],
    ["two fractions", ["0.5", "1.5", "0.5"]],
    ["words with separators that do not repeat", ["a/b", "c/d", "e/f", "g/h"]],
    ["a separator in one label that repeats as a whole", ["food, drink", "food, drink", "rooms", "rooms"]],
  ])("reads %s as classes", async (_, label) => {
    const { reader, readAll } = await readerOf({ label });
    expect(reader.problemType).toBe("single_label_classification");
    expect(readAll()).toEqual(label.map((each) => ({ label: each })));
  });

  it("rejects or skips empty labels", async () => {
    const columns = { label: ["good", "", "bad", ""] };
    const { readAll } = await readerOf(columns);
    expect(() => readAll()).toThrow(/^a\.csv, line 3, column "label" \(2\): the label is empty\..*--on-bad-row skip/);
    const skipping = await readerOf(columns);
    expect(skipping.readAll(true)).toEqual([{ label: "good" }, undefined, { label: "bad" }, undefined]);
    expect(skipping.reader.skipped()).toEqual({ count: 2, first: expect.stringContaining("line 3") });
  });
});

describe("labelReader() with several labels", () => {
  it("splits cells at the separator, without empty and repeated labels", async () => {
    const { reader, readAll } = await readerOf({ tags: ["a|b", "b", "", " a | |a"] }, { labelSeparator: "|" });
    expect(reader.problemType).toBe("multi_label_classification");
    expect(readAll()).toEqual([{ labels: ["a", "b"] }, { labels: ["b"] }, { labels: [] }, { labels: ["a"] }]);
  });

  it("detects JSON lists, and says so", async () => {
    const { reader, readAll } = await readerOf({ tags: ['["a", "b"]', "[]", "[3]"] });
    expect(reader.guesses).toEqual([expect.stringMatching(/^a\.csv: several labels per row .*the labels are lists$/)]);
    expect(readAll()).toEqual([{ labels: ["a", "b"] }, { labels: [] }, { labels: ["3"] }]);
  });

  it("reads a column of 0 and 1 per label, also as words", async () => {
    const { reader, readAll } = await readerOf({ toxic: ["1", "0", "TRUE"], " spam ": ["no", "1.0", ""] });
    expect(reader.labels).toEqual(["toxic", "spam"]);
    expect(readAll()).toEqual([{ labels: ["toxic"] }, { labels: ["spam"] }, { labels: ["toxic"] }]);
    const wrong = await readerOf({ toxic: ["1", "maybe"], spam: ["0", "1"] });
    expect(() => wrong.readAll()).toThrow(/line 3, column "toxic" \(2\): expected 0 or 1, found "maybe"/);
  });

  it.each([
    ["|", ["a|b", "b|c", "a|c", "b", "a|b|c"]],
    [",", ["food,room", "room,staff", "staff,food", "food"]],
    ["、", ["房间、服务", "服务、早餐", "早餐、房间", "房间"]],
    ["；", ["房间；服务", "服务；早餐", "早餐；房间", "房间"]],
    [";", ["x;y", "y;z", "z;x", "y"]],
  ])("asks whether %j separates labels that are used again", async (separator, label) => {
    const message = `Set labelSeparator (--label-separator ${JSON.stringify(separator)})`;
    await expect(readerOf({ label }, {}, { delimiter: "," })).rejects.toMatchObject({
      code: "input/doubtful-problem",
      message: expect.stringContaining(message),
    });
    expect((await readerOf({ label }, { problemType: "single_label_classification" })).reader.guesses).toEqual([]);
  });
});

describe("labelReader() with values", () => {
  it.each([
    ["more than 20 integers", numbers(21)],
    ["three fractions", ["0.5", "1.25", "3.75"]],
    ["negative numbers and exponents", ["-1.5", "2e-3", "0.25"]],
  ])("asks whether %s are values", async (_, label) => {
    await expect(readerOf({ label })).rejects.toThrow(/--problem-type regression\) .*--problem-type single/);
  });

  it("reads numbers, and rejects or skips other cells", async () => {
    const columns = { score: ["2.5", " -1 ", "high", ""] };
    const { readAll } = await readerOf(columns, { problemType: "regression" });
    expect(() => readAll()).toThrow(/line 4, column "score" \(2\): expected a number, found "high"/);
    const skipping = await readerOf(columns, { problemType: "regression" });
    expect(skipping.readAll(true)).toEqual([{ value: 2.5 }, { value: -1 }, undefined, undefined]);
  });
});
