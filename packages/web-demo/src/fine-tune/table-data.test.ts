import { describe, expect, it } from "vitest";
import { createTableData } from "./table-data.ts";

const file = (text: string, name = "own.csv") => new File([text], name);
const rows = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => `${line(i)}\n`).join("");
const sizes = { rows: 1000, heldOut: 200 };

describe("createTableData()", () => {
  it("guesses the columns by the header, and counts the classes and the rows of both sets", async () => {
    const data = createTableData();
    const text = `id,review,stars\n${rows(60, (i) => `${i},房间 ${i} 很好,${i % 3}`)}`;
    const { columns, doubt, rows: preview } = await data.open(file(text));
    expect({ columns, doubt }).toEqual({
      columns: { header: true, roles: ["none", "text", "label"] },
      doubt: undefined,
    });
    expect(preview[0]).toEqual(["id", "review", "stars"]);
    const report = data.report({ columns, sizes });
    expect(report).toMatchObject({ rows: 60, language: "zh", sets: { train: 48, heldOut: 12 }, fault: undefined });
    expect(report.classes).toEqual(["0", "1", "2"].map((label) => ({ label, rows: 20 })));
    const { train, evaluation, vocabulary } = data.trainingData({ columns, sizes });
    expect(vocabulary).toBe("zh");
    expect([train, evaluation].map((set) => [...(set as Iterable<unknown>)].length)).toEqual([48, 12]);
  });

  it("leaves doubtful columns open, and says why", async () => {
    const data = createTableData();
    const text = `a,b,c\n${rows(40, (i) => `${i % 2},${i % 3},some text with words ${i}`)}`;
    const { columns, doubt } = await data.open(file(text));
    expect(columns.roles).toEqual(["none", "none", "none"]);
    expect(doubt).toMatch(/several columns may be the label/);
  });

  it("reports a single class, rows without a label or a text, and classes with one row", async () => {
    const data = createTableData();
    const columns = { header: true, roles: ["text", "label"] } as const;
    await data.open(file(`text,label\n${rows(20, (i) => `text ${i},good`)}`));
    expect(data.report({ columns, sizes })).toMatchObject({
      classes: [{ label: "good", rows: 20 }],
      fault: { code: "input/too-few-labels" },
    });
    await data.open(file(`text,label\n${rows(20, (i) => `${i === 3 ? "" : `text ${i}`},${i === 7 ? " " : i % 2}`)}`));
    expect(data.report({ columns, sizes })).toMatchObject({
      ...{ emptyLabels: { count: 1, line: 9 }, emptyTexts: { count: 1, line: 5 } },
      fault: { code: "input/empty-label" },
    });
  });

  it.each([
    ["en", "The room was clean"],
    ["en", "Das Zimmer war sauber"],
    ["zh", "部屋はきれいでした"],
  ])("suggests the vocabulary %s for texts such as %j", async (vocabulary, text) => {
    const data = createTableData();
    const columns = { header: true, roles: ["text", "label"] } as const;
    await data.open(file(`text,label\n${rows(20, (i) => `${text} ${i},${i % 2}`)}`));
    expect(data.trainingData({ columns, sizes }).vocabulary).toBe(vocabulary);
  });

  it("has no table after a file that is not one", async () => {
    const data = createTableData();
    await data.open(file(`text,label\n${rows(20, (i) => `text ${i},${i % 2}`)}`));
    await expect(data.open(file("%PDF-1.4", "own.pdf"))).rejects.toMatchObject({ code: "input/not-text" });
    expect(() => data.report({ columns: { header: false, roles: [] }, sizes })).toThrow("no table is open");
  });
});
