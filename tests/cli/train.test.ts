import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { tensorflowAvailable } from "../../packages/engine/src/testing/tensorflow-available.ts";
import {
  bertieOk,
  newsDirectory,
  newsRows,
  readLines,
  scratchDirectory,
  TINY,
  TINY_MODEL,
  weightsFrom,
  writeFile,
} from "./bertie.ts";
import {
  createTraining,
  EVALUATION_FILES,
  filesOf,
  MODEL_FILES,
  QUICKLY,
  REPORT_FILES,
  readJson,
  stepsOf,
  weightsOf,
} from "./training.ts";

const scratch = scratchDirectory();
const { news, train } = createTraining(scratch);
const inScratch = (name: string) => join(scratch, name);

const fastest = tensorflowAvailable ? "tensorflow" : "onnx";

vi.setConfig({ hookTimeout: 60_000 });

describe("bertie train", () => {
  let first: Awaited<ReturnType<typeof train>>;
  beforeAll(async () => {
    first = await train("first", "--do-eval", ...QUICKLY);
  });

  it("writes exactly these files", () => {
    const others = [...EVALUATION_FILES, ...REPORT_FILES, "checkpoints", "metrics.jsonl", "run.json"];
    expect(filesOf(first.run)).toEqual([...MODEL_FILES, ...others].sort());
    expect(readdirSync(scratch).filter((name) => name.startsWith("first"))).toEqual(["first"]);
  });

  it("writes eval_results.txt as sorted `key = value` lines, with the task's metric and all others", () => {
    const lines = readLines(join(first.run, "eval_results.txt"));
    const averages = ["macro", "micro", "weighted"].flatMap((average) =>
      ["f1", "precision", "recall"].map((metric) => `${metric}_${average}`),
    );
    const probabilistic = [
      "average_precision",
      "brier_score",
      "calibration_error",
      "log_loss",
      "max_calibration_error",
    ];
    const metrics = ["accuracy", "balanced_accuracy", "cohen_kappa", "loss", "macro_f1", "mcc", "roc_auc"];
    const keys = [...averages, ...probabilistic, ...metrics].map((metric) => `eval_${metric}`);
    expect(lines.map((line) => line.split(" = ")[0])).toEqual([...keys, "global_step", "loss"].sort());
    expect(lines).toContain("global_step = 6");
    expect(first.stdout.trimEnd().split("\n")).toEqual(lines);
    const { confusion_matrix, labels, evaluations, ...results } = readJson(first.run, "eval_results.json");
    expect(Object.entries(results).map(([key, value]) => `${key} = ${value}`)).toEqual(lines);
    expect(labels).toEqual(["bad", "good", "so-so"]);
    expect((confusion_matrix as { dev: number[][] }).dev.flat().reduce((a, b) => a + b)).toBe(9);
    const { dev } = evaluations as { dev: Record<string, unknown> };
    for (const key of metrics.filter((key) => dev[key] !== undefined)) expect(dev[key]).toBe(results[`eval_${key}`]);
  });

  it("prints the metrics of each label to stderr, with a confusion matrix", () => {
    expect(first.stderr).toMatch(/evaluation \(dev\): 9 rows\n {2}label +precision +recall +F1 +support\n {2}bad /);
    expect(first.stderr).toMatch(/accuracy [\d.]+% \(95% interval: /);
    expect(first.stderr).toMatch(/confusion matrix .*\n +bad +good +so-so\n/);
  });

  it("writes the prediction for each evaluated row, from which the metrics can be computed", () => {
    const rows = readLines(join(first.run, "eval_predictions.jsonl")).map(
      (line) => JSON.parse(line) as { label: string; predicted: string; probabilities: Record<string, number> },
    );
    expect(rows.map((row) => Object.keys(row))).toEqual(
      rows.map(() => ["set", "id", "label", "predicted", "probabilities"]),
    );
    const { eval_accuracy, eval_log_loss } = readJson(first.run, "eval_results.json");
    expect(rows.filter(({ label, predicted }) => label === predicted).length / 9).toBe(eval_accuracy);
    const losses = rows.map(({ label, probabilities }) => -Math.log(probabilities[label]!));
    expect(losses.reduce((a, b) => a + b) / 9).toBeCloseTo(eval_log_loss as number, 12);
  });

  it("writes one line of metrics per update, with a learning rate that starts at 0", () => {
    const steps = stepsOf(first.run);
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(Object.keys(steps[0]!)).toEqual(["step", "epoch", "loss", "learning_rate", "grad_norm", "loss_scale"]);
    for (const { step, epoch } of steps) expect(epoch).toBeCloseTo(step! / 3, 12);
    expect(steps[0]!.learning_rate).toBe(0);
    expect(steps.at(-1)!.loss_scale).toBe(1);
  });

  it("writes a Hugging Face model directory with sorted labels", () => {
    const config = readJson(first.run, "config.json");
    expect(config.id2label).toEqual({ 0: "bad", 1: "good", 2: "so-so" });
    expect(config.model_type).toBe("bert");
    expect(readJson(first.run, "tokenizer_config.json")).toMatchObject({ do_lower_case: true, model_max_length: 16 });
  });

  it("records options, versions, device, engine, seed and hashes of the inputs", () => {
    const record = readJson(first.run, "run.json");
    expect(record).toMatchObject({ engine: fastest, device: "cpu", seed: 42, task_name: "news" });
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

  it("logs device, labels, five examples per set and the size of each phase, as the Python script does", () => {
    const { stderr } = first;
    expect(stderr).toMatch(new RegExp(`^device: cpu, engine: ${fastest}, .*distributed: no`, "m"));
    expect(stderr).toMatch(/^number of labels: 3 \("bad", "good", "so-so"\)$/m);
    expect(stderr.match(/^\*\*\* Example \*\*\*$/gm)).toHaveLength(10);
    expect(stderr).toMatch(/^tokens: \[CLS\] 很 差 ， 0 酒 店 r ##o ##o ##m \[SEP\]$/m);
    expect(stderr).toMatch(/^input_ids:( \d+){16}$/m);
    expect(stderr).toMatch(/Running training.*\n {2}Num examples = 24\n {2}Batch size = 8\n {2}Num steps = 6\n/);
    expect(stderr).toMatch(/Running evaluation.*\n {2}Num examples = 9\n {2}Batch size = 8\n {2}Num steps = 2\n/);
    expect(stderr).toMatch(/^training starts from random weights, as requested by --random-weights$/m);
  });

  it("produces the same weights and losses for the same seed, and others for another seed", async () => {
    const again = await train("again", "--do-eval", ...QUICKLY);
    expect(stepsOf(again.run)).toEqual(stepsOf(first.run));
    expect(weightsOf(again.run)).toEqual(weightsOf(first.run));
    const other = await train("other", ...QUICKLY, "--seed", "7");
    expect(weightsOf(other.run)).not.toEqual(weightsOf(first.run));
  });

  it("accepts the command line of the Python script", async () => {
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
      ["--gradient_accumulation_steps", "1", "--optimize_on_cpu", "--loss_scale", "128", "--random-weights"],
    ];
    const { stderr } = await bertieOk(args.flat());
    expect(stepsOf(run)).toEqual(stepsOf(first.run));
    expect(weightsOf(run)).toEqual(weightsOf(first.run));
    expect(readFileSync(join(run, "eval_results.txt"))).toEqual(readFileSync(join(first.run, "eval_results.txt")));
    expect(stderr).toMatch(/--optimize-on-cpu has no effect/);
  });

  it("--config reads options from a file", async () => {
    const options = ["data-dir", "output-dir"].map(
      (key, i) => `${key} = ${JSON.stringify([news, inScratch("toml")][i])}`,
    );
    const others = ['task_name = "news"', "do_train = true", "do-eval = true", "train-batch-size = 8"];
    const config = writeFile(inScratch("run.toml"), [...options, ...others].join("\n"));
    await bertieOk(["train", "--config", config, ...TINY_MODEL, ...QUICKLY]);
    expect(stepsOf(inScratch("toml"))).toEqual(stepsOf(first.run));
  });

  it("--padding max gives the same losses except for rounding", async () => {
    const { run } = await train("padded", "--padding", "max", ...QUICKLY);
    const [padded, longest] = [stepsOf(run), stepsOf(first.run)];
    expect(padded).toHaveLength(longest.length);
    for (const [i, { loss }] of padded.entries()) expect(Math.abs(loss! - longest[i]!.loss!)).toBeLessThan(1e-5);
  });

  it("--init-checkpoint reads pytorch_model.bin and safetensors", async () => {
    const formats = [TINY.weights, TINY.weights.replace("init.safetensors", "init_pytorch_model.bin")];
    const runs = [];
    for (const [i, weights] of formats.entries())
      runs.push((await train(`format-${i}`, ...weightsFrom(weights), "--max-steps", "2")).run);
    expect(weightsOf(runs[0]!)).toEqual(weightsOf(runs[1]!));
  });
});

describe("bertie train runs the expected number of updates with", () => {
  it.each([
    ["0.5 epochs", ["--num-train-epochs", "0.5"], 2],
    ["1.5 epochs", ["--num-train-epochs", "1.5"], 5],
    ["a smaller last batch", ["--num-train-epochs", "1", "--train-batch-size", "10"], 3],
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

it("--max-train-samples keeps the ids of labels that only later rows have", async () => {
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
