import type { InputExample } from "@bertie/data";
import { describe, expect, it } from "vitest";
import { openTableSet, type TableFile } from "./table-file.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const file = (name: string, text: string) => new File([encode(text)], name);
const open = (files: readonly File[], settings: Partial<TableFile> = {}, needsLabel = true) =>
  openTableSet("train", { file: files, ...settings }, needsLabel);

async function examplesOf(...args: Parameters<typeof open>): Promise<InputExample[]> {
  const examples: InputExample[] = [];
  for await (const example of (await open(...args)).examples()) examples.push(example);
  return examples;
}

const csv = 'id,review,stars\n7,"Clean rooms, kind staff",5\n8,Much too loud at night,1\n9,Clean again,5\n';

describe("openTableSet()", () => {
  it("yields examples with ids, labels and lines, and describes the columns", async () => {
    const set = await open([file("a.csv", csv)]);
    expect(set.layout).toEqual({
      ...{ header: true, columns: ["id", "review", "stars"] },
      ...{ text: "review", labels: ["stars"], id: "id" },
    });
    expect(set.notes).toContain('a.csv: text: column "review" (2), label: column "stars" (3), id: column "id" (1)');
    expect((await examplesOf([file("a.csv", csv)]))[1]).toEqual({
      ...{ guid: "8", id: "8", textA: "Much too loud at night", label: "1" },
      source: { fileName: "a.csv", line: 3 },
    });
  });

  it("numbers the examples of a table without ids, and keeps groups", async () => {
    const text = "author,text,label\nann,Clean rooms here,a\nbob,Loud rooms there,b\nann,Clean rooms again,a\n";
    const rows = await examplesOf([file("a.csv", text)], { group: "author" });
    expect(rows.map(({ guid, id, group }) => [guid, id, group])).toEqual([
      ["train-0", undefined, "ann"],
      ["train-1", undefined, "bob"],
      ["train-2", undefined, "ann"],
    ]);
  });

  it("finds the columns of further files by name, and their ids if they have some", async () => {
    const other = 'stars,review\n1,"Loud; and cold rooms"\n5,Kind staff\n1,Cold food\n';
    const json = '{"id": 12, "stars": 5, "review": "Fine"}\n{"review": "Poor", "id": 13, "stars": 1}\n';
    const rows = await examplesOf([file("a.csv", csv), file("b.csv", other), file("c.jsonl", json)]);
    expect(rows.map(({ guid, textA, label }) => [guid, textA, label]).slice(2)).toEqual([
      ["9", "Clean again", "5"],
      ["train-3", "Loud; and cold rooms", "1"],
      ["train-4", "Kind staff", "5"],
      ["train-5", "Cold food", "1"],
      ["12", "Fine", "5"],
      ["13", "Poor", "1"],
    ]);
    await expect(open([file("a.csv", csv), file("b.csv", "stars,comment\n1,Loud\n5,Kind\n")])).rejects.toThrow(
      /^b\.csv: there is no column "review"/,
    );
  });

  it("reads parts of a table of which only the first has the header", async () => {
    const part = "10,Not so clean a room,1\n11,Very kind staff there,5\n12,Kind staff as before,5\n";
    const rows = await examplesOf([file("part-0.csv", csv), file("part-1.csv", part)]);
    expect(rows.slice(3).map(({ id, label }) => [id, label])).toEqual([
      ["10", "1"],
      ["11", "5"],
      ["12", "5"],
    ]);
  });

  it("does not mix tables with and without a header if their columns differ", async () => {
    const tsv = "5\tClean rooms and kind staff\n1\tMuch too loud at night\n5\tClean rooms again\n";
    const later = csv.replace("id,review,stars", "no,review,stars");
    for (const files of [
      [file("a.tsv", tsv), file("b.csv", later)],
      [file("b.csv", later), file("a.tsv", tsv)],
    ])
      await expect(open(files)).rejects.toMatchObject({ code: "input/doubtful-header" });
  });

  it("counts trimmed labels, blank lines and skipped rows per file", async () => {
    const text = "text,label\nClean rooms,good \n\nLoud rooms,\nCold rooms,bad\nKind staff,good\n";
    const set = await open([file("a.csv", text)], { onBadRow: "skip" });
    for await (const _ of set.examples());
    expect(set.files()).toEqual([{ fileName: "a.csv", blankRows: 1, badRows: 1, trimmedLabels: 1 }]);
    expect(set.readNotes().at(-1)).toMatch(/^a\.csv: skipped 1 bad row\. First bad row: a\.csv, line 4/);
  });

  it("keeps the kind of problem of the first file", async () => {
    const lists = '{"text": "a b", "label": ["x", "y"]}\n{"text": "c d", "label": []}\n';
    const more = '{"text": "e f", "label": "x"}\n{"text": "g h", "label": "y"}\n';
    const rows = await examplesOf([file("a.jsonl", lists), file("b.jsonl", more)]);
    expect(rows.map(({ labels }) => labels)).toEqual([["x", "y"], [], ["x"], ["y"]]);
  });
});

describe("openTableSet() for rows to classify", () => {
  it.each([
    ["placeholders", "?"],
    ["empty labels", ""],
    ["minus one", "-1"],
    ["unlabeled", "unlabeled"],
  ])("does not read labels: %s", async (_, label) => {
    const text = `label,text\n${label},Clean rooms\n${label},Loud rooms\n`;
    const rows = await examplesOf([file("test.csv", text)], { label: "label" }, false);
    expect(rows.map(({ textA, label }) => [textA, label])).toEqual([
      ["Clean rooms", undefined],
      ["Loud rooms", undefined],
    ]);
  });

  it("does not need the label column that is set", async () => {
    const settings = { label: "stars", text: "review" };
    expect(
      await examplesOf([file("a.csv", "review\nfine\npoor\n")], { ...settings, header: true }, false),
    ).toHaveLength(2);
    await expect(open([file("a.csv", "review\nfine\npoor\n")], { ...settings, header: true })).rejects.toThrow(
      /"stars"/,
    );
  });
});
