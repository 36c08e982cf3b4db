import { describe, expect, it } from "vitest";
import { layoutOfRecord, recordOfLayout, type TrainingLayout } from "./training-layout.ts";
import { asInTraining, trainingTableOf } from "./training-table.ts";

const layout: TrainingLayout = {
  ...{ header: true, columns: ["id", "a", "b", "tags"] },
  ...{ text: "a", pair: "b", labels: ["tags"], id: "id", labelSeparator: "|" },
};
const facts = { taskName: undefined, maxSeqLength: 16, pairs: true };

describe("the layout in run.json", () => {
  it("is read as it was written", () => {
    const record = JSON.parse(JSON.stringify(recordOfLayout(layout)));
    expect(record).toMatchObject({
      names: layout.columns,
      text: "a",
      pair: "b",
      label: ["tags"],
      label_separator: "|",
    });
    expect(layoutOfRecord(record)).toEqual(layout);
    const small = { header: false, columns: ["column 1"], text: "column 1", labels: [] };
    expect(layoutOfRecord(recordOfLayout(small))).toEqual(small);
  });

  it.each([
    [undefined],
    [{}],
    [{ ...recordOfLayout(layout), label: "tags" }],
    [{ ...recordOfLayout(layout), names: 3 }],
  ])("is ignored if it is incomplete: %j", (record) => {
    expect(layoutOfRecord(record as Record<string, unknown>)).toBeUndefined();
  });
});

describe("trainingTableOf()", () => {
  it("returns columns, pairs and kind of problem", () => {
    const config = { labels: ["x", "y"], problemType: "multi_label_classification" as const };
    const trained = { ...facts, columns: recordOfLayout(layout) };
    expect(trainingTableOf({ config, trained })).toEqual({ layout, pairs: true, problemType: config.problemType });
  });

  it("knows the columns of the task news, and nothing about other models", () => {
    const news = trainingTableOf({ config: { labels: ["x", "y"] }, trained: { ...facts, taskName: "news" } });
    expect(news).toMatchObject({ layout: { header: false, text: "column 2", labels: ["column 1"] } });
    expect(news.problemType).toBe("single_label_classification");
    const other = { taskName: undefined, maxSeqLength: undefined, pairs: undefined };
    expect(trainingTableOf({ config: { labels: ["x"] }, trained: other })).toEqual({
      ...{ layout: undefined, pairs: undefined, problemType: undefined },
    });
  });
});

describe("asInTraining()", () => {
  const known = { layout, pairs: true, problemType: "multi_label_classification" as const };

  it("completes a table", () => {
    expect(asInTraining({ file: "a.csv" }, known)).toEqual({
      ...{ file: "a.csv", like: layout, needsPair: true, labelSeparator: "|" },
      problemType: "multi_label_classification",
    });
  });

  it("does not replace what the caller has set, nor the separator of another column", () => {
    const table = { file: "a.csv", label: "topic", pair: "c", problemType: "regression" as const };
    expect(asInTraining(table, known)).toEqual({ ...table, like: layout });
  });

  it("returns other examples unchanged", () => {
    const list = [{ text: "a", label: "b" }];
    expect(asInTraining(list, known)).toBe(list);
    const task = { task: "news", set: "dev", file: "dev.tsv" } as const;
    expect(asInTraining(task, known)).toBe(task);
  });
});
