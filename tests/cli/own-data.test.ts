import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { bertieOk, readLines, scratchDirectory, TINY_MODEL } from "./bertie.ts";
import { createOwnData, csv, dev, type Row, relabel, train, tsv } from "./own-data.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const { newPath, directory, task, table, accepted, refused } = createOwnData(scratchDirectory());

describe("test rows with placeholder labels", () => {
  it.each([["?"], [""], ["-1"], ["0"], ["unlabeled"], ["None"], ["good\u200b"]])("%j", async (label) => {
    const test = relabel(dev, { good: label, bad: label });
    const [taskRun, tableRun] = [newPath(), newPath()];
    const files = { "train.tsv": tsv(train), "test.tsv": tsv(test) };
    const short = ["--max-steps", "1", "--no-report"];
    await bertieOk([...task(files), "--do-predict", ...short, "--output-dir", taskRun]);
    const folder = directory({ "a.csv": csv(train), "test.csv": csv(test) });
    const sets = [join(folder, "a.csv"), "--test-file", join(folder, "test.csv")];
    await bertieOk(["train", ...sets, ...TINY_MODEL, ...short, "--no-baseline", "--output-dir", tableRun]);
    const { stdout } = await bertieOk(["predict", join(folder, "test.csv"), "--model", tableRun]);
    for (const run of [taskRun, tableRun]) expect(readLines(join(run, "predictions.tsv"))).toHaveLength(1 + dev.length);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1 + dev.length);
  });
});

describe("the summary before the first step", () => {
  it.each([
    ["in characters without spaces", "很好".repeat(300)],
    ["in words", "room ".repeat(600)],
    ["in the evaluation set", ""],
  ])("shows the share of texts that are truncated: %s", async (name, text) => {
    const long = train.map(([label, short], i): Row => [label, i % 2 === 0 && text !== "" ? `${text}${i}` : short]);
    const longDev = text === "" ? dev.map(([label], i): Row => [label, `${"很好".repeat(300)}${i}`]) : dev;
    const summary = await accepted(task({ "train.tsv": tsv(long), "dev.tsv": tsv(longDev) }));
    const [set, share] = name.includes("evaluation") ? ["dev", "100.0%"] : ["train", "50.0%"];
    expect(summary).toMatch(/^length in tokens +median +p90 +p95 +max +over 16 +\[UNK\]$/m);
    expect(summary).toMatch(new RegExp(`^${set} +.* ${share} +\\d+\\.\\d%$`, "m"));
    expect(summary).toMatch(
      new RegExp(
        `warning: .*${set}\\.tsv: \\d+ texts \\(${share}\\) of more than 16 tokens will be truncated\\..*--long-text`,
      ),
    );
    const windows = await accepted([
      ...task({ "train.tsv": tsv(long), "dev.tsv": tsv(longDev) }),
      "--long-text",
      "windows",
    ]);
    expect(windows).not.toMatch(/will be truncated/);
  });

  it("shows rows, labels, the first row, empty and duplicate texts, and rows in both sets", async () => {
    const rows: Row[] = [...train, train[0]!, ["good", " "]];
    const summary = await accepted(task({ "train.tsv": tsv(rows), "dev.tsv": tsv([...dev, train[1]!]) }));
    expect(summary).toMatch(/^train .*train\.tsv {2}26 rows/m);
    expect(summary).toMatch(/^"good" +14 {2}53\.8% +4 {2}44\.4%$/m);
    expect(summary).toMatch(/^first row of .*train\.tsv: label "good", text "很好，0 酒店 room"$/m);
    expect(summary).toMatch(/^train: 1 empty text, 1 duplicate row$/m);
    expect(summary).toMatch(/^dev rows that are also in train: 1 of 9/m);
  });

  it("vocabulary that does not fit is an error or a warning with the share of [UNK]", async () => {
    const foreign = (share: number) =>
      train.map(([label, text], i): Row => [label, i < 24 * share ? `Ωραίο δωμάτιο ${i}` : text]);
    expect(await refused(task({ "train.tsv": tsv(foreign(1)) }))).toMatch(/\d+\.\d% of the tokens are \[UNK\]/);
    expect(await accepted(task({ "train.tsv": tsv(foreign(0.4)) }))).toMatch(/warning: .*% of the tokens are \[UNK\]/);
  });
});

describe("imbalanced classes", () => {
  const imbalanced = (from: number) =>
    Array.from(
      { length: 100 },
      (_, i): Row => [i < 2 ? "bad" : "good", `${i < 2 ? "很差" : "很好"}，${from + i} 酒店 room`],
    );
  const short = ["--max-steps", "2", "--no-report"];

  it.each([
    ["files of the task news", () => task({ "train.tsv": tsv(imbalanced(0)), "dev.tsv": tsv(imbalanced(100)) })],
    ["a table", () => [...table("a.csv", csv(imbalanced(0))), "--eval-fraction", "0.5", "--no-baseline"]],
  ])("are shown with the precision, recall and F1 of each class: %s", async (_, command) => {
    const run = () => newPath();
    const { stdout, stderr } = await bertieOk([...command(), ...short, "--output-dir", run()]);
    expect(stderr).toMatch(
      /warning: .*the labels are imbalanced: the most and the least frequent are "good" \(\d+\), "bad" \(\d+\).*--class-weights balanced/,
    );
    expect(stderr).toMatch(
      /label +precision +recall +F1 +support\n +bad +0\.\d{4} +[01]\.\d{4} +0\.\d{4} +\d+\n +good +[01]\.\d{4}/,
    );
    expect(stdout).toMatch(/^eval_macro_f1 = /m);
    const balanced = await bertieOk([...command(), ...short, "--class-weights", "balanced", "--output-dir", run()]);
    expect(balanced.stderr).not.toMatch(/set --class-weights balanced/);
    expect(balanced.stdout).not.toBe(stdout);
  });
});
