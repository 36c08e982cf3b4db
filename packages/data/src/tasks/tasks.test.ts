import { describe, expect, it } from "vitest";
import type { InputExample } from "../example.ts";
import { fileNameOf, readExamples, type SetName } from "../processor.ts";
import { getProcessor } from "./get-processor.ts";

const table = (...rows: string[][]) => new TextEncoder().encode(rows.map((cells) => `${cells.join("\t")}\n`).join(""));
const read = (task: string, set: SetName, ...rows: string[][]) =>
  readExamples(getProcessor(task), set, table(...rows)).examples.map(withoutSource);
const withoutSource = ({ source: _, ...example }: InputExample) => example;
const fault = (code: string, message: RegExp) =>
  expect.objectContaining({ name: "BertieError", code, message: expect.stringMatching(message) });

describe("getProcessor()", () => {
  it("ignores the case of task names", () => {
    expect(getProcessor("MNLI")).toBe(getProcessor("mnli"));
  });

  it("lists the supported tasks if the task is unknown", () => {
    expect(getProcessor("sst2")).toBe(getProcessor("SST-2"));
    expect(() => getProcessor("sst-5")).toThrow(
      fault("config/unknown-task", /"sst-5".*sst-2\?.*news, mrpc, mnli, cola, sst-2/),
    );
    expect(() => getProcessor("constructor")).toThrow(fault("config/unknown-task", /./));
  });
});

describe("fileNameOf()", () => {
  it("returns the matched and mismatched files of mnli, and the matched ones for dev and test", () => {
    const mnli = getProcessor("mnli");
    expect(fileNameOf(mnli, "dev")).toBe("dev_matched.tsv");
    expect(fileNameOf(mnli, "test")).toBe("test_matched.tsv");
    expect(fileNameOf(mnli, "dev_mismatched")).toBe("dev_mismatched.tsv");
    expect(fileNameOf(mnli, "test_mismatched")).toBe("test_mismatched.tsv");
  });

  it("rejects an unknown set and lists the sets of the task", () => {
    const message = /task cola has no set "dev_mismatched"\. Use one of: train, dev, test\.$/;
    expect(() => fileNameOf(getProcessor("cola"), "dev_mismatched")).toThrow(fault("config/unknown-set", message));
  });
});

describe("task news", () => {
  it("has the label in column 1, the text in column 2, and no header", () => {
    expect(read("news", "train", ["sports", "比赛"], ["stocks", "指数", "ignored"])).toEqual([
      { guid: "train-0", textA: "比赛", label: "sports" },
      { guid: "train-1", textA: "指数", label: "stocks" },
    ]);
  });

  it("reads test files with and without labels", () => {
    expect(read("news", "test", ["sports", "比赛"])).toEqual([{ guid: "test-0", textA: "比赛", label: "sports" }]);
    expect(read("news", "test", ["比赛"], ["指数"])).toEqual([
      { guid: "test-0", textA: "比赛" },
      { guid: "test-1", textA: "指数" },
    ]);
  });

  it("trims white space around labels, and counts trimmed labels and rows with additional columns", () => {
    const rows = [
      ["good", "a"],
      ["good ", "b"],
      ["\u3000bad\u00a0", "c", "d"],
      [" go od", "e"],
    ];
    const set = readExamples(getProcessor("news"), "train", table(...rows));
    expect(set.examples.map(({ label }) => label)).toEqual(["good", "good", "bad", "go od"]);
    expect(set).toMatchObject({ trimmedLabels: 3, extraColumnRows: 1 });
    expect(() => read("news", "train", ["a", "b"], ["\u3000", "c"])).toThrow(fault("input/empty-label", /line 2/));
  });

  it("rejects training and dev files without labels", () => {
    for (const set of ["train", "dev"] as const) {
      expect(() => read("news", set, ["比赛"], ["指数"])).toThrow(fault("input/short-row", /line 1: /));
    }
  });

  it("expects labels in a test file in which some rows have a tab", () => {
    expect(() => read("news", "test", ["比赛"], ["stocks", "指数"])).toThrow(
      fault("input/short-row", /^test\.tsv, line 1: /),
    );
  });
});

describe("task mrpc", () => {
  it("skips the header, and has the label in column 1 and the texts in columns 4 and 5", () => {
    const header = ["\ufeffQuality", "#1 ID", "#2 ID", "#1 String", "#2 String"];
    expect(read("mrpc", "dev", header, ["1", "8", "9", 'He said "a".', "He said 'a'."])).toEqual([
      { guid: "dev-1", textA: 'He said "a".', textB: "He said 'a'.", label: "1" },
    ]);
  });

  it("reads the GLUE test file, which has an index instead of a label", () => {
    const header = ["index", "#1 ID", "#2 ID", "#1 String", "#2 String"];
    expect(read("mrpc", "test", header, ["0", "8", "9", "a", "b"])).toEqual([
      { guid: "test-1", textA: "a", textB: "b" },
    ]);
  });
});

describe("task mnli", () => {
  const columns = "index promptID pairID genre s1_binary s2_binary s1_parse s2_parse sentence1 sentence2".split(" ");
  const cells = ["7", "1", "1n", "slate", "", "", "", "", "a", "b"];

  it("takes the guid from the index column and the label from the last of 12 or 16 columns", () => {
    expect(read("mnli", "train", [...columns, "label1", "gold_label"], [...cells, "entailment", "neutral"])).toEqual([
      { guid: "train-7", textA: "a", textB: "b", label: "neutral" },
    ]);
    const annotators = ["label1", "label2", "label3", "label4", "label5"];
    for (const set of ["dev_matched", "dev_mismatched"] as const) {
      expect(
        read("mnli", set, [...columns, ...annotators, "gold_label"], [...cells, ...annotators, "neutral"]),
      ).toEqual([{ guid: `${set}-7`, textA: "a", textB: "b", label: "neutral" }]);
    }
    expect(read("mnli", "dev", [...columns, "gold_label"], [...cells, "neutral"])[0]!.guid).toBe("dev_matched-7");
  });

  it("reads test rows without labels, unless the header has gold_label", () => {
    expect(read("mnli", "test", columns, cells)).toEqual([{ guid: "test_matched-7", textA: "a", textB: "b" }]);
    expect(read("mnli", "test_mismatched", [...columns, "gold_label"], [...cells, "neutral"])).toEqual([
      { guid: "test_mismatched-7", textA: "a", textB: "b", label: "neutral" },
    ]);
  });

  it("does not take another column as the label of a truncated row", () => {
    const rows = [
      [...columns, "label1", "gold_label"],
      [...cells, "neutral"],
    ];
    expect(() => read("mnli", "train", ...rows)).toThrow(
      fault("input/short-row", /^train\.tsv, line 2: expected at least 12 columns .*found 11\./),
    );
  });

  it("does not take a text as the label if a training file has no label column", () => {
    expect(() => read("mnli", "train", columns, cells)).toThrow(
      fault("input/short-row", /^train\.tsv, line 2: expected at least 11 columns .*found 10\./),
    );
  });
});

describe("task cola", () => {
  it("has the label in column 2, the text in column 4, and no header", () => {
    expect(read("cola", "train", ["gj04", "1", "", "They drank."], ["gj04", "0", "*", "They drunk."])).toEqual([
      { guid: "train-0", textA: "They drank.", label: "1" },
      { guid: "train-1", textA: "They drunk.", label: "0" },
    ]);
  });

  it("reads the GLUE test file: a header, an index and a sentence", () => {
    expect(read("cola", "test", ["index", "sentence"], ["0", "They drank."])).toEqual([
      { guid: "test-1", textA: "They drank." },
    ]);
  });
});

describe("readExamples()", () => {
  it("names file, line and columns of a short row, and counts blank lines as lines", () => {
    const bytes = new TextEncoder().encode("a\tb\n\nc\n");
    expect(() => readExamples(getProcessor("news"), "dev", bytes, "my/dev.tsv")).toThrow(
      fault(
        "input/short-row",
        /^my\/dev\.tsv, line 3: expected at least 2 columns \(label in column 1, text in column 2\), found 1\./,
      ),
    );
  });

  it("counts blank lines, keeps the line of each example, and numbers guids without blank lines", () => {
    const set = readExamples(getProcessor("news"), "dev", new TextEncoder().encode("a\tb\n\nc\td\n"));
    expect(set.blankLines).toBe(1);
    expect(set.examples[1]).toEqual({
      guid: "dev-1",
      textA: "d",
      label: "c",
      source: { fileName: "dev.tsv", line: 3 },
    });
  });

  it("rejects an empty label", () => {
    expect(() => read("news", "train", ["a", "b"], ["", "c"])).toThrow(
      fault("input/empty-label", /^train\.tsv, line 2, column 1: /),
    );
  });

  it("rejects a NUL character in a used column and names the column", () => {
    expect(() => read("news", "train", ["a", "b\0"])).toThrow(
      fault("input/nul-character", /^train\.tsv, line 1, column 2: /),
    );
    expect(read("news", "train", ["a", "b", "\0"])).toHaveLength(1);
  });

  it('skips and counts bad rows if onBadRow is "skip", and keeps the guids of the others', () => {
    const bytes = new Uint8Array([
      ...table(["a", "b"], ["short"], ["", "c"], ["a", "\0"]),
      0xff,
      0x0a,
      ...table(["c", "d"]),
    ]);
    const set = readExamples(getProcessor("news"), "train", bytes, "t.tsv", { onBadRow: "skip" });
    expect(set.badRows).toEqual({ count: 4, first: expect.stringMatching(/^t\.tsv, line 5, byte 1: /) });
    expect(set.examples.map(({ guid, source }) => [guid, source!.line])).toEqual([
      ["train-0", 1],
      ["train-4", 6],
    ]);
    expect(() => readExamples(getProcessor("news"), "train", table(["short"]), "t.tsv", { onBadRow: "skip" })).toThrow(
      fault("input/no-rows", /^t\.tsv: .* \(1 skipped\)\. First error: t\.tsv, line 1: /),
    );
  });

  it("accepts a row with 100,000 columns", () => {
    expect(read("news", "train", ["a", "b", ..."x".repeat(1e5)])).toHaveLength(1);
  });

  it("rejects a file without data rows", () => {
    expect(() => read("news", "train")).toThrow(fault("input/no-rows", /^train\.tsv: /));
    expect(() => read("mrpc", "train", ["Quality"])).toThrow(fault("input/no-rows", /^train\.tsv: /));
  });
});
