import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  bertie,
  bertieOk,
  newsDirectory,
  newsRows,
  readLines,
  scratchDirectory,
  TINY,
  TINY_MODEL,
  writeFile,
} from "./bertie.ts";

const scratch = scratchDirectory();
const news = newsDirectory(scratch);
const inScratch = (name: string) => join(scratch, name);
const readJson = (...path: string[]) => JSON.parse(readFileSync(join(...path), "utf8")) as Record<string, unknown>;
const weightsOf = (run: string) => readFileSync(join(run, "model.safetensors"));

const MODEL_FILES = ["config.json", "model.safetensors", "tokenizer_config.json", "vocab.txt"];
const TRAIN = ["--task-name", "news", "--data-dir", news, ...TINY_MODEL, "--train-batch-size", "8", "--do-train"];
const quickly = ["--learning-rate", "3e-3", "--num-train-epochs", "2"];

/** The steps of a run, without what depends on time. */
function stepsOf(run: string): Record<string, number>[] {
  return readLines(join(run, "metrics.jsonl")).map((line) => {
    const { examples_per_second, ...rest } = JSON.parse(line) as Record<string, number>;
    return rest;
  });
}

async function train(name: string, ...args: string[]) {
  const run = inScratch(name);
  return { run, ...(await bertieOk(["train", ...TRAIN, "--output-dir", run, ...args])) };
}

vi.setConfig({ hookTimeout: 60_000 });

describe("bertie train", () => {
  let first: Awaited<ReturnType<typeof train>>;
  beforeAll(async () => {
    first = await train("first", "--do-eval", ...quickly);
  });

  it("makes exactly these files", () => {
    const others = ["eval_results.json", "eval_results.txt", "metrics.jsonl", "run.json"];
    expect(readdirSync(first.run).sort()).toEqual([...MODEL_FILES, ...others].sort());
    expect(readdirSync(scratch).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("writes eval_results.txt as sorted key = value, with the task's metric", () => {
    const lines = readLines(join(first.run, "eval_results.txt"));
    expect(lines.map((line) => line.split(" = ")[0])).toEqual([
      "eval_accuracy",
      "eval_loss",
      "eval_macro_f1",
      "global_step",
      "loss",
    ]);
    expect(lines).toContain("global_step = 6");
    expect(first.stdout.trimEnd().split("\n")).toEqual(lines);
    const { confusion_matrix, labels, ...results } = readJson(first.run, "eval_results.json");
    expect(Object.entries(results).map(([key, value]) => `${key} = ${value}`)).toEqual(lines);
    expect(labels).toEqual(["bad", "good", "so-so"]);
    expect((confusion_matrix as { dev: number[][] }).dev.flat().reduce((a, b) => a + b)).toBe(9);
  });

  it("writes a line of metrics an update, with a rate that starts at 0", () => {
    const steps = stepsOf(first.run);
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(Object.keys(steps[0]!)).toEqual(["step", "epoch", "loss", "learning_rate", "grad_norm", "loss_scale"]);
    for (const { step, epoch } of steps) expect(epoch).toBeCloseTo(step! / 3, 12);
    expect(steps[0]!.learning_rate).toBe(0);
    expect(steps.at(-1)!.loss_scale).toBe(1);
  });

  it("writes a Hugging Face model directory with the labels, sorted", () => {
    const config = readJson(first.run, "config.json");
    expect(config.id2label).toEqual({ 0: "bad", 1: "good", 2: "so-so" });
    expect(config.model_type).toBe("bert");
    expect(readJson(first.run, "tokenizer_config.json")).toMatchObject({ do_lower_case: true, model_max_length: 16 });
  });

  it("records options, versions, device, engine, seed and the input's hashes", () => {
    const record = readJson(first.run, "run.json");
    expect(record).toMatchObject({ engine: "onnx", device: "cpu", seed: 42, task_name: "news" });
    expect(record.options).toMatchObject({
      train_batch_size: 8,
      learning_rate: 3e-3,
      data_dir: news,
    });
    expect(Object.keys(record.versions as object)).toEqual(["bertie", "node", "onnxruntime"]);
    const files = record.input_files as { path: string; sha256: string }[];
    expect(files.map(({ path }) => path.split("/").at(-1))).toEqual([
      "bert_config.json",
      "vocab.txt",
      "train.tsv",
      "dev.tsv",
    ]);
    expect(files.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256))).toBe(true);
  });

  it("logs what the script logs: device, labels, five examples a set, and the size of each phase", () => {
    const { stderr } = first;
    expect(stderr).toMatch(/^device: cpu, engine: onnx, .*distributed: no/m);
    expect(stderr).toMatch(/^number of labels: 3 \(bad, good, so-so\)$/m);
    expect(stderr.match(/^\*\*\* Example \*\*\*$/gm)).toHaveLength(10);
    expect(stderr).toMatch(/^tokens: \[CLS\] 很 差 ， 0 酒 店 r ##o ##o ##m \[SEP\]$/m);
    expect(stderr).toMatch(/^input_ids:( \d+){16}$/m);
    expect(stderr).toMatch(/Running training.*\n {2}Num examples = 24\n {2}Batch size = 8\n {2}Num steps = 6\n/);
    expect(stderr).toMatch(/Running evaluation.*\n {2}Num examples = 9\n {2}Batch size = 8\n {2}Num steps = 2\n/);
    expect(stderr).toMatch(/^warning: no weights are given/m);
  });

  it("gives the same weights and losses for the same seed, others for another", async () => {
    const again = await train("again", "--do-eval", ...quickly);
    expect(stepsOf(again.run)).toEqual(stepsOf(first.run));
    expect(weightsOf(again.run).equals(weightsOf(first.run))).toBe(true);
    const other = await train("other", ...quickly, "--seed", "7");
    expect(weightsOf(other.run).equals(weightsOf(first.run))).toBe(false);
  });

  it("takes the script's own command line", async () => {
    const run = inScratch("snake");
    const [config, vocab] = [TINY_MODEL[1]!, TINY_MODEL[3]!];
    const args = [
      [
        "run_classifier",
        "--data_dir",
        news,
        "--bert_config_file",
        config,
        "--task_name",
        "NEWS",
        "--vocab_file",
        vocab,
      ],
      ["--output_dir", run, "--do_lower_case", "--max_seq_length", "16", "--do_train", "--do_eval"],
      ["--train_batch_size", "8", "--eval_batch_size", "8", "--learning_rate", "3e-3", "--num_train_epochs=2.0"],
      ["--warmup_proportion", "0.1", "--no_cuda", "--local_rank", "-1", "--seed", "42"],
      ["--gradient_accumulation_steps", "1", "--optimize_on_cpu", "--loss_scale", "128"],
    ];
    const { stderr } = await bertieOk(args.flat());
    expect(stepsOf(run)).toEqual(stepsOf(first.run));
    expect(weightsOf(run).equals(weightsOf(first.run))).toBe(true);
    expect(readFileSync(join(run, "eval_results.txt"))).toEqual(readFileSync(join(first.run, "eval_results.txt")));
    expect(stderr).toMatch(/--optimize-on-cpu: the whole run is on the CPU/);
  });

  it("takes its options from a file as well", async () => {
    const options = ["data-dir", "output-dir"].map(
      (key, i) => `${key} = ${JSON.stringify([news, inScratch("toml")][i])}`,
    );
    const more = ['task_name = "news"', "do_train = true", "do-eval = true", "train-batch-size = 8"];
    const config = writeFile(inScratch("run.toml"), [...options, ...more].join("\n"));
    await bertieOk(["train", "--config", config, ...TINY_MODEL, ...quickly]);
    expect(stepsOf(inScratch("toml"))).toEqual(stepsOf(first.run));
  });

  it("comes to the same losses with --padding max, to rounding", async () => {
    const { run } = await train("padded", "--padding", "max", ...quickly);
    const [padded, longest] = [stepsOf(run), stepsOf(first.run)];
    expect(padded).toHaveLength(longest.length);
    for (const [i, { loss }] of padded.entries()) expect(Math.abs(loss! - longest[i]!.loss!)).toBeLessThan(1e-5);
  });

  it("starts from pytorch_model.bin as from safetensors", async () => {
    const formats = [TINY.weights, TINY.weights.replace("init.safetensors", "init_pytorch_model.bin")];
    const runs = [];
    for (const [i, weights] of formats.entries())
      runs.push((await train(`format-${i}`, "--init-checkpoint", weights, "--max-steps", "2")).run);
    expect(weightsOf(runs[0]!).equals(weightsOf(runs[1]!))).toBe(true);
  });

  it("warns of --save-checkpoints-steps, and goes on", async () => {
    const { stderr, run } = await train("saving", "--save-checkpoints-steps", "1", "--max-steps", "1");
    expect(stderr).toMatch(/^warning: --save-checkpoints-steps: checkpoints are not there yet/m);
    expect(stepsOf(run)).toHaveLength(1);
  });
});

describe("bertie train counts steps:", () => {
  it.each([
    ["half an epoch", ["--num-train-epochs", "0.5"], 2],
    ["an epoch and a half", ["--num-train-epochs", "1.5"], 5],
    ["a last, smaller batch", ["--num-train-epochs", "1", "--train-batch-size", "10"], 3],
    ["fewer rows than a batch", ["--num-train-epochs", "1", "--train-batch-size", "100"], 1],
    [
      "accumulation with a smaller group at the end",
      ["--num-train-epochs", "1", "--gradient-accumulation-steps", "2"],
      3,
    ],
    ["--max-steps", ["--max-steps", "4"], 4],
    ["--max-train-samples", ["--num-train-epochs", "1", "--max-train-samples", "9"], 2],
  ])("%s", async (name, args, steps) => {
    const { run } = await train(name.replaceAll(" ", "-"), ...args);
    expect(stepsOf(run)).toHaveLength(steps);
    expect(existsSync(join(run, "eval_results.txt"))).toBe(false);
  });
});

describe("bertie eval and predict, on a run's directory", () => {
  let run = "";
  let trained: Record<string, unknown> = {};
  beforeAll(async () => {
    const strongly = ["--learning-rate", "5e-3", "--num-train-epochs", "20", "--init-checkpoint", TINY.weights];
    ({ run } = await train("tuned", "--do-eval", ...strongly));
    trained = readJson(run, "eval_results.json");
  });

  it("finds what training found, without being told the task, its labels or the length", async () => {
    const { stdout } = await bertieOk(["eval", "--model", run, "--data-dir", news]);
    for (const key of ["eval_accuracy", "eval_loss", "eval_macro_f1"])
      expect(stdout).toContain(`${key} = ${trained[key]}\n`);
    expect(trained.eval_accuracy).toBe(1);
  });

  it("writes results without a copy of the model", async () => {
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
    expect(readdirSync(output).sort()).toEqual(["eval_results.json", "eval_results.txt", "run.json"]);
    expect(readJson(output, "eval_results.json")).toEqual({
      ...Object.fromEntries(Object.entries(trained).filter(([key]) => key !== "loss")),
      global_step: 0,
    });
  });

  it("classifies lines, of stdin or of a file, in order, with the probability of each label", async () => {
    const text = "很好，1 酒店 room\n\n很差，1 酒店 room";
    const piped = await bertieOk(["predict", "--model", run], { stdin: text });
    const ofFile = await bertieOk(["predict", "--model", run, writeFile(inScratch("lines.txt"), text)]);
    expect(ofFile.stdout).toBe(piped.stdout);
    expect(piped.stderr).toBe("");
    const rows = piped.stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
    expect(rows.map(([label]) => label)).toEqual(["good", expect.any(String), "bad"]);
    for (const [label, ...probabilities] of rows) {
      const values = probabilities.map(Number);
      expect(values.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      expect(["bad", "good", "so-so"][values.indexOf(Math.max(...values))]).toBe(label);
    }
  });

  it("classifies as JSON lines", async () => {
    const { stdout } = await bertieOk(["predict", "--model", run, "--json"], { stdin: "很好，1 酒店 room\n" });
    const { guid, label, probabilities } = JSON.parse(stdout) as Record<string, unknown>;
    expect([guid, label]).toEqual(["line-1", "good"]);
    expect(Object.keys(probabilities as object)).toEqual(["bad", "good", "so-so"]);
  });

  it("predicts test.tsv, with labels or without, and dev.tsv where there is no test set", async () => {
    const withTest = newsDirectory(scratch, "with-test");
    writeFile(join(withTest, "test.tsv"), "很好，3 酒店 room\n很差，3 酒店 room\n");
    const outputs = [news, withTest].map((_, i) => inScratch(`predicted-${i}`));
    for (const [i, directory] of [news, withTest].entries()) {
      const args = ["--model", run, "--task-name", "news", "--data-dir", directory, "--output-dir", outputs[i]!];
      await bertieOk(["train", "--do-predict", ...args]);
    }
    const [ofDev, ofTest] = outputs.map((output) => readLines(join(output, "predictions.tsv")));
    expect(ofDev!.map((line) => line.split("\t")[0])).toEqual(new Array(3).fill(["bad", "good", "so-so"]).flat());
    expect(ofTest!.map((line) => line.split("\t")[0])).toEqual(["good", "bad"]);
    expect(readdirSync(outputs[1]!).sort()).toEqual(["predictions.tsv", "run.json"]);
  });

  it("trains, evaluates and predicts in one run", async () => {
    const { run } = await train("all", "--do-eval", "--do-predict", "--max-steps", "1");
    expect(readdirSync(run)).toContain("predictions.tsv");
    expect(readLines(join(run, "predictions.tsv"))).toHaveLength(9);
  });

  it("goes on training from a run, with its labels", async () => {
    const { run: next } = await train("next", "--model", run, "--do-eval", "--learning-rate", "0", "--max-steps", "1");
    expect(readJson(next, "eval_results.json").eval_accuracy).toBe(1);
  });
});

describe("bertie train --json", () => {
  it("writes events as JSON lines to stdout, in order, and everything for people to stderr", async () => {
    const { stdout, stderr } = await train("json", "--do-eval", "--json", "--max-steps", "2");
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string });
    const types = events.map(({ type }) => type).filter((type) => type !== "example");
    expect(types).toEqual([
      "note",
      "run-start",
      "phase-start",
      "train-start",
      "epoch-start",
      "step",
      "step",
      "epoch-end",
      "train-end",
      "phase-start",
      "eval-batch",
      "eval-batch",
      "eval-results",
      "run-end",
    ]);
    expect(events.find(({ type }) => type === "step")).toMatchObject({ step: 1, learning_rate: 0, examples: 8 });
    expect(events.find(({ type }) => type === "example")).toMatchObject({ guid: "train-0", label_id: 0 });
    expect(stderr).toMatch(/eval_accuracy = /);
  });
});

describe("bertie train --overwrite-output-dir", () => {
  it("replaces a directory, but only by a complete run", async () => {
    const run = inScratch("old");
    writeFile(join(run, "note.txt"), "old");
    const args = ["train", ...TRAIN, "--output-dir", run, "--overwrite-output-dir", "--max-steps", "1"];
    const failed = await bertie([...args, "--learning-rate", "1e30", "--warmup-proportion", "0", "--max-steps", "9"]);
    expect(failed.code).toBe(1);
    expect(readdirSync(run)).toEqual(["note.txt"]);
    await bertieOk(args);
    expect(readdirSync(run).sort()).toEqual([...MODEL_FILES, "metrics.jsonl", "run.json"].sort());
    expect(readdirSync(scratch).filter((name) => name.startsWith("."))).toEqual([]);
  });
});

describe("bertie train, interrupted", () => {
  it.each([
    ["SIGINT" as const, 130],
    ["SIGTERM" as const, 143],
  ])("by %s, ends with exit code %i, says so, and leaves nothing", async (name, code) => {
    const parent = inScratch(`interrupted-${name}`);
    mkdirSync(parent);
    const args = [
      "train",
      ...TRAIN,
      "--output-dir",
      join(parent, "run"),
      "--num-train-epochs",
      "1000",
      "--log-every",
      "1",
    ];
    for (const engine of ["onnx", "reference"]) {
      const outcome = await bertie([...args, "--engine", engine], { signal: { name, when: /^step 1\//m } });
      expect(outcome.code).toBe(code);
      expect(outcome.stderr.trimEnd().split("\n").at(-1)).toMatch(/^bertie: interrupted: nothing was saved/);
      expect(readdirSync(parent)).toEqual([]);
    }
  });
});

describe("tasks on pairs", () => {
  const header = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n";
  const row = (label: string, a: string, b: string) => `${label}\t1\t2\t${a}\t${b}\n`;

  it("mrpc: trains on pairs, reports F1, and predicts pairs split by a tab", async () => {
    const directory = inScratch("mrpc");
    const rows = Array.from({ length: 12 }, (_, i) => row(`${i % 2}`, `"a ${i}`, `b ${i}`)).join("");
    for (const set of ["train", "dev"]) writeFile(join(directory, `${set}.tsv`), `\uFEFF${header}${rows}`);
    const run = inScratch("mrpc-run");
    const args = [
      "--task-name",
      "mrpc",
      "--data-dir",
      directory,
      ...TINY_MODEL,
      "--max-steps",
      "2",
      "--output-dir",
      run,
    ];
    const { stderr } = await bertieOk(["train", "--do-train", "--do-eval", ...args]);
    expect(Object.keys(readJson(run, "eval_results.json"))).toContain("eval_f1");
    expect(stderr).toMatch(/^segment_ids: 0 .* 1 /m);
    const { stdout } = await bertieOk(["predict", "--model", run], { stdin: "a 1\tb 1\na 2\tb 2\n" });
    expect(stdout.trimEnd().split("\n")).toHaveLength(2);
    const single = await bertie(["predict", "--model", run], { stdin: "a 1\tb 1\na 2\n" });
    expect(single).toMatchObject({ code: 2, stdout: "" });
    expect(single.stderr).toMatch(/^bertie: stdin, line 2: the line has 1 column, and this task's pairs need 2/);
  });
});

it("rows of a label that the first rows lack keep their ids under --max-train-samples", async () => {
  const directory = newsDirectory(scratch, "late-label");
  writeFile(join(directory, "train.tsv"), `${newsRows(6, ["b", "c"])}a\t很好\n`);
  writeFile(join(directory, "dev.tsv"), "a\t很好\nc\t很差\n");
  const { run } = await train(
    "late",
    "--data-dir",
    directory,
    "--do-eval",
    "--max-train-samples",
    "4",
    "--max-steps",
    "1",
  );
  expect(readJson(run, "config.json").id2label).toEqual({ 0: "a", 1: "b", 2: "c" });
});
