import { copyFileSync, cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bertieOk, ROOT, readLines, scratchDirectory, TINY_MODEL, writeFile } from "./bertie.ts";
import { readJson } from "./training.ts";

const scratch = scratchDirectory();
const glue = (folder: string) => join(ROOT, "tests/fixtures/glue", folder);

/** A vocabulary of letters, digits and punctuation with as many tokens as the tiny model has. */
const symbols = [..."abcdefghijklmnopqrstuvwxyz0123456789"];
const tokens = [..."[PAD] [UNK] [CLS] [SEP] [MASK] . , ' \" ?".split(" "), ...symbols, ...symbols.map((a) => `##${a}`)];
const unused = Array.from({ length: 101 - tokens.length }, (_, i) => `[unused${i}]`);
const vocab = writeFile(join(scratch, "vocab.txt"), [...tokens, ...unused, ""].join("\n"));
const model = [...TINY_MODEL, "--vocab-file", vocab];

/** Trains on the files of a task, evaluates and predicts, and returns the directory of the results. */
async function train(task: string, directory: string, name = task, ...more: string[]): Promise<string> {
  const run = join(scratch, `run-${name}`);
  const steps = ["--do-train", "--do-eval", "--do-predict", "--max-steps", "1", "--train-batch-size", "4"];
  await bertieOk([
    "train",
    "--task-name",
    task,
    "--data-dir",
    directory,
    ...model,
    ...steps,
    ...more,
    "--output-dir",
    run,
  ]);
  return run;
}

const submission = (run: string, file: string) =>
  readLines(join(run, "submission", file)).map((line) => line.split("\t"));

describe("tasks of GLUE", () => {
  it.each([
    ["cola", "CoLA", /^[01]$/, ["eval_matthews_correlation"]],
    ["sst-2", "SST-2", /^[01]$/, ["eval_accuracy"]],
    ["mrpc", "MRPC", /^[01]$/, ["eval_accuracy", "eval_f1"]],
    ["sts-b", "STS-B", /^[0-5]\.\d{3}$/, ["eval_loss", "eval_mse"]],
    ["qqp", "QQP", /^[01]$/, ["eval_accuracy", "eval_f1"]],
    ["mnli-mm", "MNLI", /^(contradiction|entailment|neutral)$/, ["eval_accuracy"]],
    ["qnli", "QNLI", /^(not_)?entailment$/, ["eval_accuracy"]],
    ["rte", "RTE", /^(not_)?entailment$/, ["eval_accuracy"]],
    ["wnli", "WNLI", /^[01]$/, ["eval_accuracy"]],
  ])("%s trains, evaluates and writes a submission", async (task, folder, prediction, metrics) => {
    const run = await train(task, glue(folder));
    const file = task === "mnli-mm" ? "MNLI-mm.tsv" : `${folder}.tsv`;
    expect(readdirSync(join(run, "submission"))).toEqual([file]);
    const [header, ...rows] = submission(run, file);
    expect(header).toEqual(["index", "prediction"]);
    expect(rows.map(([index]) => index)).toEqual(["0", "1", "2"]);
    for (const [, answer] of rows) expect(answer).toMatch(prediction);
    const results = readJson(run, "eval_results.json");
    for (const metric of metrics) expect(results[metric]).toBeTypeOf("number");
    expect(readJson(run, "config.json").problem_type).toBe(
      task === "sts-b" ? "regression" : "single_label_classification",
    );
  });

  it("mnli evaluates and predicts matched, mismatched and diagnostic sets, and ax uses the trained model", async () => {
    const directory = join(scratch, "MNLI");
    cpSync(glue("MNLI"), directory, { recursive: true });
    copyFileSync(join(glue("AX"), "AX.tsv"), join(directory, "diagnostic.tsv"));
    const run = await train("mnli", directory);
    expect(readdirSync(join(run, "submission")).sort()).toEqual(["AX.tsv", "MNLI-m.tsv", "MNLI-mm.tsv"]);
    const results = readJson(run, "eval_results.json");
    expect([results.eval_accuracy, results.eval_mismatched_accuracy]).toEqual([expect.any(Number), expect.any(Number)]);
    const predicted = join(scratch, "ax");
    const task = ["--task-name", "ax", "--data-dir", glue("AX"), "--output-dir", predicted];
    await bertieOk(["predict", "--model", run, ...task]);
    expect(submission(predicted, "AX.tsv")).toEqual(submission(run, "AX.tsv"));
  });

  it("write no submission if rows of the test set are skipped", async () => {
    const directory = join(scratch, "RTE");
    cpSync(glue("RTE"), directory, { recursive: true });
    writeFile(join(directory, "test.tsv"), "index\tsentence1\tsentence2\n0\tIt rains.\tIt is wet.\n1\tshort\n");
    const run = await train("rte", directory, "skipped", "--on-bad-row", "skip");
    expect(existsSync(join(run, "submission"))).toBe(false);
  });
});
