import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { createTrainer, directoryStorage } from "../../packages/classifier/src/index.ts";
import {
  bertie,
  bertieOk,
  newsDirectory,
  readLines,
  scratchDirectory,
  TINY_MODEL,
  TINY_WEIGHTS,
  writeFile,
} from "./bertie.ts";
import { createTraining, EVALUATION_FILES, filesOf, readJson } from "./training.ts";

const scratch = scratchDirectory();
const { news, train } = createTraining(scratch);
const inScratch = (name: string) => join(scratch, name);

vi.setConfig({ hookTimeout: 60_000 });

describe("bertie eval and predict on a run's directory", () => {
  let run = "";
  let trained: Record<string, unknown> = {};
  beforeAll(async () => {
    const strongly = ["--learning-rate", "5e-3", "--num-train-epochs", "20", ...TINY_WEIGHTS];
    ({ run } = await train("tuned", "--do-eval", ...strongly));
    trained = readJson(run, "eval_results.json");
  });

  it("eval reproduces the results of training without --task-name or --max-seq-length", async () => {
    const { stdout } = await bertieOk(["eval", "--model", run, "--data-dir", news]);
    for (const key of ["eval_accuracy", "eval_loss", "eval_macro_f1"])
      expect(stdout).toContain(`${key} = ${trained[key]}\n`);
    expect(trained.eval_accuracy).toBe(1);
  });

  it("an evaluation with --output-dir writes results without a copy of the model", async () => {
    const output = inScratch("evaluated");
    await bertieOk([
      "train",
      "--model",
      run,
      "--data-dir",
      news,
      "--task-name",
      "news",
      "--do-eval",
      "--output-dir",
      output,
    ]);
    expect(filesOf(output)).toEqual([...EVALUATION_FILES, "report.html", "run.json"].sort());
    expect(readJson(output, "eval_results.json")).toEqual({
      ...Object.fromEntries(Object.entries(trained).filter(([key]) => key !== "loss")),
      global_step: 0,
    });
  });

  it("predict keeps the order of the lines although batches are bucketed by length", async () => {
    const words = ["很好", "很差，很差，很差，很差", "不大不小 room"];
    const lines = Array.from({ length: 90 }, (_, i) => `${words[i % 3]!.slice(0, 2 + (i % 10))} ${i % 10}`);
    const file = writeFile(inScratch("many.txt"), lines.join("\n"));
    const predict = async (...args: string[]) =>
      (await bertieOk(["predict", "--model", run, file, "--eval-batch-size", "4", ...args])).stdout
        .trimEnd()
        .split("\n")
        .slice(1);
    const [bucketed, inOrder] = [await predict(), await predict("--padding", "max")];
    expect(bucketed).toHaveLength(90);
    for (const [i, row] of bucketed.entries()) {
      const [label, ...probabilities] = row.split("\t");
      const [expected, ...others] = inOrder[i]!.split("\t");
      expect([i, label]).toEqual([i, expected]);
      for (const [j, p] of probabilities.entries()) expect(Number(p)).toBeCloseTo(Number(others[j]), 4);
    }
  });

  it("predict classifies the lines of stdin or of a file in order, with the probability of each label", async () => {
    const text = "很好，1 酒店 room\n\n很差，1 酒店 room";
    // Lines of a pipe are classified as they arrive, and the size of a batch changes the rounding of its results.
    const predict = ["predict", "--model", run, "--eval-batch-size", "1"];
    const piped = await bertieOk(predict, { stdin: text });
    const fromFile = await bertieOk([...predict, writeFile(inScratch("lines.txt"), text)]);
    expect(fromFile.stdout).toBe(piped.stdout);
    expect(piped.stderr).toBe("");
    const [names, ...rows] = piped.stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
    expect(names).toEqual(["label", "score", "bad", "good", "so-so"]);
    expect(rows.map(([label]) => label)).toEqual(["good", expect.any(String), "bad"]);
    for (const [label, score, ...probabilities] of rows) {
      expect(score).toBe(probabilities[names!.indexOf(label!) - 2]);
      const values = probabilities.map(Number);
      expect(values.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      expect(["bad", "good", "so-so"][values.indexOf(Math.max(...values))]).toBe(label);
    }
  });

  it("predict --json writes JSON lines", async () => {
    const { stdout } = await bertieOk(["predict", "--model", run, "--json"], { stdin: "很好，1 酒店 room\n" });
    const { guid, label, probabilities } = JSON.parse(stdout) as Record<string, unknown>;
    expect([guid, label]).toEqual(["line-1", "good"]);
    expect(Object.keys(probabilities as object)).toEqual(["bad", "good", "so-so"]);
  });

  it("--do-predict classifies test.tsv, or dev.tsv if there is no test set", async () => {
    const withTest = newsDirectory(scratch, "with-test");
    writeFile(join(withTest, "test.tsv"), "很好，3 酒店 room\n很差，3 酒店 room\n");
    const outputs = [news, withTest].map((_, i) => inScratch(`predicted-${i}`));
    for (const [i, directory] of [news, withTest].entries()) {
      const args = ["--model", run, "--task-name", "news", "--data-dir", directory, "--output-dir", outputs[i]!];
      await bertieOk(["train", "--do-predict", ...args]);
    }
    const [ofDev, ofTest] = outputs.map((output) => {
      const [header, ...lines] = readLines(join(output, "predictions.tsv"));
      expect(header).toBe("label\tscore\tbad\tgood\tso-so");
      return lines;
    });
    expect(ofDev!.map((line) => line.split("\t")[0])).toEqual(new Array(3).fill(["bad", "good", "so-so"]).flat());
    expect(ofTest!.map((line) => line.split("\t")[0])).toEqual(["good", "bad"]);
    expect(readdirSync(outputs[1]!).sort()).toEqual(["predictions.tsv", "run.json"]);
  });

  it("train trains, evaluates and predicts in one run", async () => {
    const { run } = await train("all", "--do-eval", "--do-predict", "--max-steps", "1");
    expect(readdirSync(run)).toContain("predictions.tsv");
    expect(readLines(join(run, "predictions.tsv"))).toHaveLength(1 + 9);
  });

  it("train fine-tunes the model of an earlier run, and keeps its labels", async () => {
    const { run: next } = await train(
      "next",
      "--random-weights=false",
      "--model",
      run,
      "--do-eval",
      "--learning-rate",
      "0",
      "--max-steps",
      "1",
    );
    expect(readJson(next, "eval_results.json").eval_accuracy).toBe(1);
  });
});

describe("tasks on pairs", () => {
  const header = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n";
  const row = (label: string, a: string, b: string) => `${label}\t1\t2\t${a}\t${b}\n`;
  const run = inScratch("mrpc-run");
  let log = "";
  beforeAll(async () => {
    const directory = inScratch("mrpc");
    const rows = Array.from({ length: 12 }, (_, i) => row(`${i % 2}`, `"a ${i}`, `b ${i}`)).join("");
    for (const set of ["train", "dev"]) writeFile(join(directory, `${set}.tsv`), `\uFEFF${header}${rows}`);
    const data = ["--task-name", "mrpc", "--data-dir", directory];
    const args = [...data, ...TINY_MODEL, "--max-steps", "2", "--output-dir", run];
    log = (await bertieOk(["train", "--do-train", "--do-eval", ...args])).stderr;
  });

  it("mrpc trains on pairs, reports F1, and predicts tab-separated pairs", async () => {
    expect(Object.keys(readJson(run, "eval_results.json"))).toContain("eval_f1");
    expect(log).toMatch(/^segment_ids: 0 .* 1 /m);
    expect(readJson(run, "run.json")).toMatchObject({ task_name: "mrpc", pairs: true });
    const { stdout } = await bertieOk(["predict", "--model", run], { stdin: "a 1\tb 1\na 2\tb 2\n" });
    expect(stdout.trimEnd().split("\n")).toHaveLength(1 + 2);
    const single = await bertie(["predict", "--model", run], { stdin: "a 1\tb 1\na 2\n" });
    expect(single.code).toBe(2);
    expect(single.stderr).toMatch(/^bertie: stdin, line 2: .*expected 2 tab-separated texts, found 1\. [^\n]*\n$/);
  });

  it("predict reads pairs for a model that a program trained on pairs without a task", async () => {
    const page = inScratch("page-run");
    const train = ["0", "1"].map((label) => ({ text: "a 1", pair: "b 1", label }));
    const storage = directoryStorage(page);
    const settings = { learningRate: 0, maxSteps: 1, maxLength: 16, engine: "reference" } as const;
    const trainer = await createTrainer({ model: run, train, storage, ...settings });
    for await (const { type } of trainer.run()) expect(type).not.toBe("stopped");
    expect(readJson(page, "run.json")).toMatchObject({ task_name: null, pairs: true });

    const predict = async (model: string) =>
      (await bertieOk(["predict", "--model", model], { stdin: "房间 很好\t很差 room\n" })).stdout;
    expect(await predict(page)).toBe(await predict(run));
    writeFile(join(page, "run.json"), JSON.stringify({ ...readJson(page, "run.json"), pairs: false }));
    expect(await predict(page)).not.toBe(await predict(run));
    writeFile(join(page, "run.json"), JSON.stringify({ task_name: "mrpc", max_seq_length: 16 })); // without "pairs"
    expect(await predict(page)).toBe(await predict(run));
  });
});
