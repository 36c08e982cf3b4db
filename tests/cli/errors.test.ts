import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bertie, newsDirectory, newsRows, scratchDirectory, TINY, TINY_MODEL, writeFile } from "./bertie.ts";

const scratch = scratchDirectory();
const news = newsDirectory(scratch);
const outputs = join(scratch, "outputs");
mkdirSync(outputs);
const output = join(outputs, "run");
const features = (name: string, row: object) => writeFile(join(scratch, name), `${JSON.stringify(row)}\n`);

const model = TINY_MODEL;
const task = ["--task-name", "news", "--data-dir", news];
const train = ["train", "--do-train", ...model, ...task, "--output-dir", output];

/** A directory of task news with other files than usual. */
function directoryWith(name: string, files: Record<string, string>): string[] {
  const path = newsDirectory(scratch, name);
  for (const [file, text] of Object.entries(files)) writeFile(join(path, file), text);
  return ["--data-dir", path];
}

const full = writeFile(join(scratch, "full", "note.txt"), "keep me");

const faults: Record<string, { args: string[]; says: RegExp; env?: Record<string, string> }> = {
  "nothing to do": {
    args: ["train", ...model, ...task, "--output-dir", output],
    says: /nothing to do: add --do-train, --do-eval or --do-predict/,
  },
  "accumulation < 1": {
    args: [...train, "--gradient-accumulation-steps", "0"],
    says: /--gradient-accumulation-steps is 0, but must be 1 or more/,
  },
  "a batch smaller than accumulation": {
    args: [...train, "--train-batch-size", "2", "--gradient-accumulation-steps", "3"],
    says: /\(--train-batch-size\) is 2, expected at least accumulation \(--gradient-accumulation-steps\), which is 3/,
  },
  "a sequence longer than positions": {
    args: [...train, "--max-seq-length", "25"],
    says: /\(--max-seq-length\) is 25, but the model has 24 positions/,
  },
  "an output directory that is not empty": {
    args: [...train, "--output-dir", join(full, "..")],
    says: /full: the output directory is not empty\. .*--overwrite-output-dir/,
  },
  "an output directory that is to be replaced, and read": {
    args: [...train, "--output-dir", news, "--overwrite-output-dir"],
    says: /news: the output directory contains .*, so it cannot be replaced/,
  },
  "an output directory below a file": {
    args: [...train, "--output-dir", join(full, "run")],
    says: /run: expected a directory/,
  },
  "no output directory": {
    args: ["train", "--do-train", ...model, ...task],
    says: /add --output-dir/,
  },
  "an unknown task": {
    args: [...train, "--task-name", "sst-2"],
    says: /unknown task "sst-2"\. Use one of: news, mrpc, mnli, cola/,
  },
  "no task": {
    args: ["train", "--do-train", ...model, "--data-dir", news, "--output-dir", output],
    says: /no task: .*\(--task-name\)/,
  },
  "no data": {
    args: ["train", "--do-train", ...model, "--output-dir", output],
    says: /no data: .*\(--data-dir\)/,
  },
  "no model": {
    args: ["train", "--do-train", ...task, "--output-dir", output],
    says: /no model is given: add --model DIR/,
  },
  "a missing data directory": {
    args: [...train, "--data-dir", join(scratch, "nowhere")],
    says: /nowhere: there is no such directory; --data-dir takes one/,
  },
  "a missing model directory": {
    args: [...train, "--model", join(scratch, "nowhere")],
    says: /nowhere: there is no such directory; --model takes one/,
  },
  "a missing train.tsv": {
    args: [...train, "--data-dir", join(full, "..")],
    says: /train\.tsv: no such file/,
  },
  "a missing vocabulary": {
    args: [...train, "--vocab-file", join(scratch, "none.txt")],
    says: /none\.txt: no such file/,
  },
  "a missing configuration": {
    args: [...train, "--bert-config-file", join(scratch, "none.json")],
    says: /none\.json: no such file/,
  },
  "missing weights": {
    args: [...train, "--init-checkpoint", join(scratch, "none.bin")],
    says: /none\.bin: no such file/,
  },
  "a directory for a file": {
    args: [...train, "--init-checkpoint", news],
    says: /news: expected a file, found a directory/,
  },
  "a missing configuration of options": {
    args: [...train, "--config", join(scratch, "none.toml")],
    says: /none\.toml: no such file/,
  },
  "weights that are none": {
    args: [...train, "--init-checkpoint", TINY.vocab],
    says: /vocab\.txt: neither safetensors nor a PyTorch weight file/,
  },
  "a configuration that is none": {
    args: [...train, "--bert-config-file", TINY.vocab],
    says: /vocab\.txt: expected a JSON object/,
  },
  "a vocabulary that is none": {
    args: [...train, "--vocab-file", TINY.config],
    says: /bert_config\.json: the vocabulary has .* lacks \[UNK\]/,
  },
  "a vocabulary larger than the model's": {
    args: [
      ...train,
      "--vocab-file",
      writeFile(join(scratch, "large.txt"), `${readFileSync(TINY.vocab, "utf8")}a1\na2\na3\na4\na5\n`),
    ],
    says: /large\.txt: the vocabulary has 102 tokens, expected at most 101/,
  },
  "weights of another number of labels": {
    args: [
      ...train,
      "--init-checkpoint",
      TINY.weights,
      ...directoryWith("two", { "train.tsv": newsRows(9, ["a", "b"]) }),
    ],
    says: /classifier\.weight has shape \[3,32\], but the model needs \[2,32\]/,
  },
  "a short row": {
    args: [...train, ...directoryWith("short", { "train.tsv": "good\t很好\nbad\n" })],
    says: /train\.tsv, line 2: expected at least 2 columns \(label in column 1, text in column 2\), found 1\./,
  },
  "a label in dev that training has not": {
    args: [...train, "--do-eval", ...directoryWith("unseen", { "dev.tsv": "good\t很好\n\nodd\t很差\n" })],
    says: /dev\.tsv, line 3: label "odd" is not one of the 3 known labels \("bad", "good", "so-so"\)/,
  },
  "features that are none": {
    args: [...train, "--train-features", writeFile(join(scratch, "list.jsonl"), "[1]\n")],
    says: /list\.jsonl, line 1: the line is JSON, but not an object/,
  },
  "an empty train.tsv": {
    args: [...train, ...directoryWith("empty", { "train.tsv": "\n\n" })],
    says: /train\.tsv: the file has no data rows/,
  },
  "a token id beyond the vocabulary, in features": {
    args: [
      ...train,
      "--train-features",
      features("ids.jsonl", { input_ids: [2, 101], input_mask: [1, 1], segment_ids: [0, 0], label_id: 0 }),
    ],
    says: /ids\.jsonl, line 1: "input_ids"\[1\] is 101: expected an integer from 0 to 100/,
  },
  "a label beyond --num-labels, in features": {
    args: [
      ...train,
      "--num-labels",
      "2",
      "--train-features",
      features("label.jsonl", { input_ids: [2], input_mask: [1], segment_ids: [0], label_id: 2 }),
    ],
    says: /label\.jsonl, line 1: "label_id" is 2: expected an integer from 0 to 1/,
  },
  "a label of features beyond the task's": {
    args: [
      ...[...train, "--do-eval", "--train-features"],
      features("beyond.jsonl", { input_ids: [2], input_mask: [1], segment_ids: [0], label_id: 3 }),
    ],
    says: /train features, row 1: label_id is 3, expected less than 3/,
  },
  "a directory to tokenize": {
    args: ["tokenize", "--vocab-file", TINY.vocab, news],
    says: /news: expected a file, found a directory/,
  },
  "features without a label": {
    args: [...train, "--train-features", features("none.jsonl", { input_ids: [2], input_mask: [1], segment_ids: [0] })],
    says: /none\.jsonl, line 1: key "label_id" is missing/,
  },
  "features longer than --max-seq-length": {
    args: [
      ...train,
      "--max-seq-length",
      "3",
      "--train-features",
      features("long.jsonl", {
        input_ids: [2, 5, 5, 3],
        input_mask: [1, 1, 1, 1],
        segment_ids: [0, 0, 0, 0],
        label_id: 0,
      }),
    ],
    says: /long\.jsonl, line 1: "input_ids" has 4 tokens: expected at most 3 \(max_seq_length\)/,
  },
  "--num-labels other than the task's": {
    args: [...train, "--num-labels", "2"],
    says: /\(--num-labels\) is 2, but the task news has 3 labels/,
  },
  "more layers frozen than there are": {
    args: [...train, "--freeze-layers", "3"],
    says: /\(--freeze-layers\) is 3, but the model has 2 layers/,
  },
  "--fp16 where there is none": {
    args: [...train, "--fp16", "--engine", "onnx", "--device", "cpu"],
    says: /onnx on cpu does not support fp16, only fp32: choose another precision, engine or device/,
  },
  "a precision that is not there": {
    args: [...train, "--precision", "bf16", "--engine", "onnx", "--device", "cpu"],
    says: /onnx on cpu does not support bf16, only fp32: choose another precision, engine or device/,
  },
  "--local-rank of many": {
    args: [...train, "--local_rank", "1"],
    says: /more than one process are not supported yet/,
  },
  "a world of many": { args: train, env: { WORLD_SIZE: "2" }, says: /more than one process are not supported yet/ },
  "--engine tensorflow where it is not installed": {
    args: [...train, "--engine", "tensorflow"],
    env: { BERTIE_NATIVE: "no-such-folder" },
    says: /TensorFlow, which is optional, is not installed: run `npm run setup:native`/,
  },
  "--device of another name": {
    args: [...train, "--device", "gpu"],
    says: /--device is "gpu": expected auto, cpu, webgpu/,
  },
  "--device cuda where there is no such GPU": {
    args: [...train, "--device", "cuda:99"],
    says: /TensorFlow .*npm run setup:native -- --gpu/,
  },
  "--no-cuda with cuda": {
    args: [...train, "--no_cuda", "--device", "cuda:1"],
    says: /--no-cuda conflicts with --device/,
  },
  "--engine that does not run there": {
    args: [...train, "--engine", "tensorflow", "--device", "webgpu"],
    says: /engine tensorflow does not run on webgpu/,
  },
  "--no-cuda with webgpu": {
    args: [...train, "--no_cuda", "--device", "webgpu"],
    says: /--no-cuda conflicts with --device/,
  },
  "an unknown option": { args: [...train, "--do-trian"], says: /unknown option --do-trian. Did you mean --do-train\?/ },
  "a run to resume that is not there": {
    args: ["train", "--resume", output],
    says: /run: no interrupted run is there; look for .*run\.unfinished/,
  },
  "a run to resume in two places": {
    args: [...train, "--resume", join(scratch, "other")],
    says: /--resume .*other continues in that directory, and --output-dir is .*run: leave one out/,
  },
  "no run to resume": {
    args: ["train", "--resume"],
    says: /--resume: which run\? name its directory, or add --output-dir/,
  },
  "a run that is not resumed, anyway": {
    args: [...train, "--resume-anyway"],
    says: /add --resume, or omit --resume-anyway/,
  },
  "a metric without evaluation": { args: [...train, "--metric", "loss"], says: /--metric needs .*: add --do-eval/ },
  "early stopping without a metric": { args: [...train, "--early-stopping", "1"], says: /add --metric/ },
  "a metric of another task": {
    args: [...train, "--do-eval", "--metric", "f1"],
    says: /\(--metric\) is f1, .* Choose one of accuracy, loss, macro_f1/,
  },
  "an option without its value": {
    args: ["train", "--data-dir", "--do-train"],
    says: /--data-dir needs a value, but is followed by --do-train/,
  },
  "a number that is none": {
    args: [...train, "--learning-rate", "fast"],
    says: /--learning-rate is "fast", but must be a number/,
  },
  "a number out of range": {
    args: [...train, "--warmup_proportion", "1.5"],
    says: /--warmup-proportion is 1.5, but must be from 0 to 1/,
  },
  "an unknown command": { args: ["trian"], says: /unknown command "trian". Did you mean train\?/ },
  "an argument too many": { args: [...train, "more"], says: /unexpected argument "more"/ },
  "evaluation without weights": {
    args: ["eval", ...model, ...task],
    says: /no weights: /,
  },
  "prediction with a model that has no labels": {
    args: ["predict", ...model, "--init-checkpoint", TINY.weights, TINY.vocab],
    says: /names no labels/,
  },
  "Parquet to tokenize": {
    args: ["tokenize", "--vocab-file", TINY.vocab, writeFile(join(scratch, "a.parquet"), "PAR1\x15\x04\x15PAR1")],
    says: /a\.parquet: is a Parquet file, which Bertie writes but does not read\. Convert/,
  },
  "a missing file to tokenize": {
    args: ["tokenize", "--vocab-file", TINY.vocab, join(scratch, "none.txt")],
    says: /none\.txt: no such file/,
  },
  "an output file that is there": {
    args: ["tokenize", "--vocab-file", TINY.vocab, "--output", full, TINY.vocab],
    says: /note\.txt: the file is there already/,
  },
};

describe("exit code 2, one line, and nothing written:", () => {
  it.each(Object.entries(faults))("%s", async (_, { args, says, env = {} }) => {
    const { code, stdout, stderr } = await bertie(args, { env });
    expect(stderr).toMatch(/^bertie: [^\n]+\n$/);
    expect(stderr).toMatch(says);
    expect(stdout).toBe("");
    expect(code).toBe(2);
    expect(readdirSync(outputs)).toEqual([]);
    expect(readdirSync(join(full, ".."))).toEqual(["note.txt"]);
    expect(readFileSync(full, "utf8")).toBe("keep me");
  });
});

it("a run that diverges ends with exit code 1, one last line, and nothing written", async () => {
  const { code, stderr } = await bertie([
    ...train,
    "--learning-rate",
    "1e30",
    "--warmup-proportion",
    "0",
    "--train-batch-size",
    "4",
  ]);
  expect(code).toBe(1);
  expect(stderr.trimEnd().split("\n").at(-1)).toMatch(
    /^bertie: the loss is NaN at step \d+, in epoch 1, on rows \d+(, \d+){3}: lower the learning rate/,
  );
  expect(readdirSync(outputs)).toEqual([]);
});
