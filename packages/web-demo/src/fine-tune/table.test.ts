import { describe, expect, it } from "vitest";
import { examplesOf, guessColumns, readTable } from "./table.ts";
import { splitTexts } from "./texts.ts";

const table = (name: string, text: string) => readTable(name, new TextEncoder().encode(text));
const reviews = ["很好", "真的很差，不会再来", "服务不错，下次还来", "太吵"].map((text, i) => ({
  text,
  label: i % 2 ? "neg" : "pos",
}));
const repeated = [...reviews, ...reviews];

describe("guessColumns()", () => {
  it("finds label and text without a header", async () => {
    const read = await table("a.tsv", repeated.map(({ text, label }) => `${label}\t${text}`).join("\n"));
    expect(guessColumns(read)).toEqual({ header: false, roles: ["label", "text"] });
  });

  it("finds a header, numbers that are no label, and quoted commas", async () => {
    const lines = repeated.map(({ text, label }, i) => `${i},"${text}, ""ja""",${label}`);
    const read = await table("a.csv", `id,review,class\r\n${lines.join("\r\n")}\r\n`);
    const columns = guessColumns(read);
    expect(columns).toEqual({ header: true, roles: ["none", "text", "label"] });
    const examples = examplesOf(read, columns);
    expect(examples).toHaveLength(8);
    expect(examples[1]).toMatchObject({ textA: '真的很差，不会再来, "ja"', label: "neg" });
  });

  it("says nothing of a table without a label", async () => {
    expect(guessColumns(await table("a.tsv", "a\nb\nc")).roles).toEqual(["text"]);
  });
});

describe("examplesOf()", () => {
  const columns = { header: false, roles: ["label", "text", "pair"] } as const;

  it("makes pairs, and keeps a row's line", async () => {
    const [, second] = examplesOf(await table("a.tsv", "1\ta\tb\n\n0\tc\td"), columns);
    expect(second).toEqual({
      guid: "row-1",
      textA: "c",
      textB: "d",
      label: "0",
      source: { fileName: "a.tsv", line: 3 },
    });
  });

  it.each([
    ["1\ta", "input/short-row", "a.tsv, line 1: the row has 2 columns"],
    ["1\ta\tb\n\tc\td", "input/empty-label", "a.tsv, line 2, column 1"],
  ])("names the place of what is wrong: %j", async (text, code, message) => {
    const read = await table("a.tsv", text);
    expect(() => examplesOf(read, columns)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it("asks for the columns that it needs", async () => {
    const read = await table("a.tsv", "1\ta");
    expect(() => examplesOf(read, { header: false, roles: ["none", "text"] })).toThrow("which the label");
  });
});

describe("splitTexts()", () => {
  const examples = Array.from({ length: 50 }, (_, i) => ({ guid: `${i}`, textA: `${i}`, label: i % 2 ? "b" : "a" }));

  it("holds a fifth out at most, and every row is in one set", () => {
    const { labels, train, heldOut } = splitTexts("a.tsv", examples, { rows: 1000, heldOut: 30 });
    expect(labels).toEqual(["a", "b"]);
    expect([train.length, heldOut.length]).toEqual([40, 10]);
    expect(new Set([...train, ...heldOut].map(({ guid }) => guid)).size).toBe(50);
  });

  it("refuses texts that all have one label, and too few of them", () => {
    const same = examples.filter(({ label }) => label === "a");
    expect(() => splitTexts("a.tsv", same, { rows: 9, heldOut: 9 })).toThrow("same label");
    expect(() => splitTexts("a.tsv", examples.slice(0, 4), { rows: 9, heldOut: 9 })).toThrow("5 or more");
  });
});
