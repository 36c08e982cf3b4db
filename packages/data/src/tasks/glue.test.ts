import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { fileNameOf, readExamples, type SetName } from "../processor.ts";
import { getProcessor, taskNames } from "./get-processor.ts";
import { glueSubmission } from "./glue-submission.ts";

const GLUE = fileURLToPath(new URL("../../../../tests/fixtures/glue/", import.meta.url));

function read(folder: string, task: string, set: SetName) {
  const processor = getProcessor(task);
  return readExamples(processor, set, readFileSync(`${GLUE}${folder}/${fileNameOf(processor, set)}`));
}

const tasks = [
  ["CoLA", "cola", "The ferry leaves at noon.", undefined, "1", "test-1"],
  ["SST-2", "sst-2", "a warm and funny film ", undefined, "1", "test-0"],
  ["MRPC", "mrpc", 'The company "Norwind" cut 40 jobs on Monday.', 'On Monday, "Norwind" cut 40 jobs.', "1", "test-1"],
  ["STS-B", "sts-b", "A man plays a guitar.", "A man is playing a guitar.", 5, "test-0"],
  ["QQP", "qqp", "How do I learn Danish?", "What is the best way to learn Danish?", "1", "test-0"],
  ["MNLI", "mnli", "The hall was empty.", "Nobody was in the hall.", "entailment", "test_matched-0"],
  ["MNLI", "mnli-mm", "The hall was empty.", "Nobody was in the hall.", "entailment", "test_mismatched-0"],
  ["QNLI", "qnli", "Where does the river start?", "The river starts in the Alps.", "entailment", "test-0"],
  ["RTE", "rte", "The hall was empty.", "Nobody was in the hall.", "entailment", "test-0"],
  ["WNLI", "wnli", "The cup fell on the plate and it broke.", "The cup broke.", "0", "test-0"],
] as const;

describe.each(tasks)("files of %s", (folder, task, textA, textB, target, testGuid) => {
  it(`are read as task ${task}: texts and labels of train and dev, and texts of test`, () => {
    const processor = getProcessor(task);
    const { examples } = read(folder, task, "train");
    const isRegression = processor.problemType === "regression";
    expect(examples.length).toBeGreaterThanOrEqual(4);
    expect(examples[0]).toMatchObject({ textA, ...(isRegression ? { value: target } : { label: target }) });
    expect(examples[0]!.textB).toBe(textB);
    for (const set of ["train", "dev"] as const) {
      for (const example of read(folder, task, set).examples) {
        if (isRegression) expect(example.value).toBeTypeOf("number");
        else expect(processor.labels).toContain(example.label);
        expect(example.textA.length * (example.textB ?? "x").length).toBeGreaterThan(0);
      }
    }
    const test = read(folder, task, "test").examples;
    expect(test).toHaveLength(3);
    expect(test[0]!.guid).toBe(testGuid);
    for (const example of test) {
      expect([example.label, example.value]).toEqual([undefined, undefined]);
      expect(example.textB === undefined).toBe(textB === undefined);
    }
  });

  it("have a submission with one line per row of the test set", () => {
    const processor = getProcessor(task);
    const isRegression = processor.problemType === "regression";
    const predictions = isRegression ? [-0.2, 2.34567, 5.1] : [0, 1, 0].map((id) => processor.labels![id]!);
    const { fileName, contents } = glueSubmission(processor, "test", predictions);
    const expected = isRegression ? ["0.000", "2.346", "5.000"] : predictions;
    expect(contents).toBe(`index\tprediction\n${expected.map((cell, i) => `${i}\t${cell}\n`).join("")}`);
    expect(fileName).toBe(task === "mnli" ? "MNLI-m.tsv" : task === "mnli-mm" ? "MNLI-mm.tsv" : `${folder}.tsv`);
  });
});

it("qqp skips and counts training rows without all columns, but not test rows", () => {
  const { examples, badRows } = read("QQP", "qqp", "train");
  expect(examples.map(({ guid }) => guid)).toEqual(["train-100", "train-101", "train-102", "train-103"]);
  expect(badRows).toEqual({
    count: 1,
    first: expect.stringMatching(/^train\.tsv, line 4: expected at least 6 columns/),
  });
  const short = new TextEncoder().encode("id\tquestion1\tquestion2\n0\tWhy?\n");
  expect(() => readExamples(getProcessor("qqp"), "test", short)).toThrow(
    /^test\.tsv, line 2: expected at least 3 columns/,
  );
});

it("sts-b rejects a score that is not a number", () => {
  const header = "index genre filename year old_index source1 source2 sentence1 sentence2 score".replaceAll(" ", "\t");
  const bytes = new TextEncoder().encode(`${header}\n${"x\t".repeat(9)}high\n`);
  expect(() => readExamples(getProcessor("sts-b"), "dev", bytes)).toThrow(
    'dev.tsv, line 2, column 10: expected a number, found "high"',
  );
});

it("the diagnostic set is a set of mnli and a task of its own", () => {
  const asTask = read("AX", "ax", "test").examples;
  const asSet = read("AX", "mnli", "ax").examples;
  expect(asTask.map(({ guid }) => guid)).toEqual(["AX-0", "AX-1", "AX-2"]);
  expect(asSet).toEqual(asTask);
  expect(() => fileNameOf(getProcessor("ax"), "train")).toThrow(/no set "train"\. Use one of: test/);
  expect(glueSubmission(getProcessor("mnli"), "ax", ["neutral"])).toEqual({
    fileName: "AX.tsv",
    contents: "index\tprediction\n0\tneutral\n",
  });
});

describe("glueSubmission()", () => {
  it("rejects sets without a submission, and predictions of another task", () => {
    expect(() => glueSubmission(getProcessor("rte"), "dev", [])).toThrow(/task rte has no submission .*: test\./);
    expect(() => glueSubmission(getProcessor("news"), "test", [])).toThrow(/Sets with a submission: none/);
    expect(() => glueSubmission(getProcessor("rte"), "test", ["entailment", "neutral"])).toThrow(
      /prediction 2 for RTE\.tsv is "neutral", expected "entailment", "not_entailment"/,
    );
    expect(() => glueSubmission(getProcessor("sts-b"), "test", [Number.NaN])).toThrow(/expected a number/);
  });
});

it("every task has metrics, and every task of GLUE has a submission for its test set", () => {
  for (const name of taskNames) {
    const { metrics, submissions, problemType, files } = getProcessor(name);
    expect(metrics.length).toBeGreaterThan(0);
    expect(problemType === "regression").toBe(metrics.includes("pearson"));
    expect(submissions?.test !== undefined).toBe(name !== "news");
    expect(files.test).toBeDefined();
  }
});
