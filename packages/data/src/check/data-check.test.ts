import { describe, expect, it } from "vitest";
import type { InputExample } from "../example.ts";
import { createDataCheck, type DataCheckOptions } from "./data-check.ts";
import { formatDataSummary } from "./format-summary.ts";
import { problemsOf } from "./problems.ts";
import { type CheckedSet, dataRecord } from "./summary.ts";

type Row = Partial<InputExample> & { readonly file?: string };

function check(sets: Partial<Record<CheckedSet, readonly Row[]>>, options?: DataCheckOptions) {
  const data = createDataCheck(options);
  for (const [set, rows] of Object.entries(sets) as [CheckedSet, Row[]][])
    for (const [i, { file = `${set}.tsv`, ...row }] of rows.entries())
      data.add(set, { guid: `${set}-${i}`, textA: "", source: { fileName: file, line: i + 1 }, ...row });
  return data;
}

describe("createDataCheck()", () => {
  it("counts rows per file, labels, empty texts and tabs, and keeps the first row of each file", () => {
    const data = check({
      train: [
        { textA: "clean rooms", label: "good" },
        { textA: " ", label: "good" },
        { textA: "a\tb", label: "bad", file: "more.tsv" },
        { textA: "no label" },
      ],
    });
    data.addFile("train", { fileName: "train.tsv", blankRows: 2, trimmedLabels: 1 });
    data.addFile("train", { fileName: "train.tsv", blankRows: 1, badRows: 4 });
    const { files, sets, lengthUnit } = data.finish();
    expect(files).toMatchObject([
      {
        ...{ set: "train", fileName: "train.tsv", rows: 3, blankRows: 3, badRows: 4, trimmedLabels: 1 },
        first: { text: "clean rooms", label: "good" },
      },
      { fileName: "more.tsv", rows: 1, first: { text: "a\tb", label: "bad" } },
    ]);
    expect(lengthUnit).toBe("characters");
    expect(sets).toMatchObject([
      {
        ...{ rows: 4, unlabeledRows: 1, emptyTexts: 1, textsWithTab: 1, distinctLabels: 2 },
        labels: [
          { label: "good", rows: 2 },
          { label: "bad", rows: 1 },
        ],
        lengths: { median: 3, max: 11 },
      },
    ]);
  });

  it("counts duplicates within a set, conflicting labels, and overlaps, also if the evaluation set comes first", () => {
    const data = check({
      dev: [{ textA: "same" }, { textA: " ＳＡＭＥ " }, { textA: "other" }, { textA: "same" }],
      train: [
        { textA: "same", label: "a" },
        { textA: "same", label: "b" },
        { textA: "same", label: "a" },
        { textA: "Same", label: "a" },
        { textA: "pair", textB: "x", label: "a" },
        { textA: "pair", textB: "y", label: "a" },
      ],
    });
    const { sets, overlaps } = data.finish();
    expect(sets.map(({ set, duplicates, conflicts }) => [set, duplicates, conflicts])).toEqual([
      ["train", 2, 1],
      ["dev", 1, 0],
    ]);
    expect(overlaps).toEqual([{ set: "dev", rows: 4, exact: 2, folded: 3 }]);
  });

  it("summarizes several labels per row and values", () => {
    const multi = check({ train: [{ labels: ["a", "b"] }, { labels: [] }, { labels: ["b"] }] }).finish();
    expect(multi.sets[0]).toMatchObject({
      unlabeledRows: 0,
      labels: [
        { label: "b", rows: 2 },
        { label: "a", rows: 1 },
      ],
    });
    const values = check({ train: [{ value: 1 }, { value: 3 }, { value: 5 }] }, { problemType: "regression" }).finish();
    expect(values.sets[0]!.values).toEqual({ min: 1, max: 5, mean: 3, standardDeviation: Math.sqrt(8 / 3) });
  });

  it("tokenizes texts in chunks, and counts [UNK] and truncated texts", () => {
    const calls: number[] = [];
    const countTokens = (texts: readonly unknown[]) => {
      calls.push(texts.length);
      return {
        lengths: texts.map((_, i) => (i % 4 === 0 ? 200 : 20)),
        tokens: 10 * texts.length,
        unknown: texts.length,
      };
    };
    const rows = Array.from({ length: 2500 }, (_, i) => ({ textA: `${i}`, label: "a" }));
    const { sets, maxLength } = check({ train: rows }, { countTokens, maxLength: 128 }).finish();
    expect(calls).toEqual([1024, 1024, 452]);
    expect(maxLength).toBe(128);
    expect(sets[0]).toMatchObject({ unknownShare: 0.1, lengths: { median: 20, p90: 200, truncated: 625 } });
  });

  it("takes little memory per row", () => {
    const data = createDataCheck();
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 200_000; i++) data.add("train", { guid: "", textA: `row ${i}`, label: `${i % 3}` });
    expect((process.memoryUsage().arrayBuffers - before) / 200_000).toBeLessThan(60);
    expect(data.finish().sets[0]).toMatchObject({ rows: 200_000, duplicates: 0 });
  });
});

it("dataRecord() renames properties to snake case, and keeps labels", () => {
  const summary = check({ train: [{ textA: "x", label: "myLabel" }] }).finish();
  const record = JSON.parse(JSON.stringify(dataRecord(summary)));
  expect(record).toMatchObject({
    problem_type: "single_label_classification",
    files: [{ file_name: "train.tsv", blank_rows: 0, first: { label: "myLabel" } }],
    sets: [{ distinct_labels: 1, labels: [{ label: "myLabel", rows: 1 }] }],
  });
});

describe("formatDataSummary()", () => {
  it("aligns Chinese labels, and shows files, the first row, shares, lengths, overlaps and problems", () => {
    const data = check({
      train: [
        { textA: "房间很干净", label: "好评" },
        { textA: "毛巾有霉味", label: "差评" },
        { textA: "早餐丰富", label: "好评" },
      ],
      dev: [{ textA: "早餐丰富", label: "neutral" }],
    });
    data.addFile("dev", { fileName: "dev.tsv", trimmedLabels: 12 });
    const summary = data.finish();
    expect(formatDataSummary(summary, problemsOf(summary).slice(0, 1))).toEqual([
      "train  train.tsv  3 rows",
      "dev    dev.tsv     1 row  trimmed white space around 12 labels",
      'first row of train.tsv: label "好评", text "房间很干净"',
      'first row of dev.tsv: label "neutral", text "早餐丰富"',
      "label      train         dev",
      '"好评"         2  66.7%    0    0.0%',
      '"差评"         1  33.3%    0    0.0%',
      '"neutral"      0   0.0%    1  100.0%',
      "length in characters  median  p90  p95  max",
      "train                      5    5    5    5",
      "dev                        4    4    4    4",
      "train: 0 empty texts, 0 duplicate rows",
      "dev: 0 empty texts, 0 duplicate rows",
      "dev rows that are also in train: 1 of 1 (100.0%), 1 exactly the same",
      expect.stringMatching(
        /^error: dev\.tsv, line 1: label "neutral" \(1\) is not one of the labels of the training set/,
      ),
    ]);
  });

  it("cuts the table of labels at 20 labels", () => {
    const rows = Array.from({ length: 32 }, (_, i) => ({ textA: `${i}`, label: `label ${i}` }));
    const lines = formatDataSummary(check({ train: rows }).finish());
    expect(lines.filter((line) => line.startsWith('"label'))).toHaveLength(20);
    expect(lines).toContain("and 12 more");
  });
});
