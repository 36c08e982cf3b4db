import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  bertie,
  newsDirectory,
  newsRows,
  scratchDirectory,
  TINY,
  TINY_MODEL,
  TINY_WEIGHTS,
  weightsFrom,
  writeFile,
} from "./bertie.ts";

const scratch = scratchDirectory();
const news = newsDirectory(scratch);
const outputs = join(scratch, "outputs");
mkdirSync(outputs);
const output = join(outputs, "run");
const features = (name: string, row: object) => writeFile(join(scratch, name), `${JSON.stringify(row)}\n`);

const model = TINY_MODEL;
const task = ["--task-name", "news", "--data-dir", news];
const train = ["train", "--do-train", ...model, ...task, "--output-dir", output];

/** Writes a data directory of task news in which some files are replaced. */
function directoryWith(name: string, files: Record<string, string>): string[] {
  const path = newsDirectory(scratch, name);
  for (const [file, text] of Object.entries(files)) writeFile(join(path, file), text);
  return ["--data-dir", path];
}

const note = writeFile(join(scratch, "full", "note.txt"), "keep me");

const errors: Record<string, { args: string[]; message: RegExp; env?: Record<string, string> }> = {
  "nothing to do": {
    args: ["train", ...model, ...task, "--output-dir", output],
    message: /nothing to do: add --do-train, --do-eval or --do-predict/,
  },
  "accumulation below 1": {
    args: [...train, "--gradient-accumulation-steps", "0"],
    message: /--gradient-accumulation-steps is 0, but must be 1 or more/,
  },
  "a batch smaller than accumulation": {
    args: [...train, "--train-batch-size", "2", "--gradient-accumulation-steps", "3"],
    message: /--train-batch-size is 2, but --gradient-accumulation-steps splits each batch into 3 micro-batches/,
  },
  "a sequence longer than positions": {
    args: [...train, "--max-seq-length", "25"],
    message: /--max-seq-length is 25, but the model has 24 positions/,
  },
  "an output directory that is not empty": {
    args: [...train, "--output-dir", join(note, "..")],
    message: /full: the output directory is not empty\. .*--overwrite-output-dir/,
  },
  "an output directory to replace that contains an input": {
    args: [...train, "--output-dir", news, "--overwrite-output-dir"],
    message: /news: the output directory contains .*, so it cannot be replaced/,
  },
  "an output directory below a file": {
    args: [...train, "--output-dir", join(note, "run")],
    message: /run: expected a directory/,
  },
  "no output directory": {
    args: ["train", "--do-train", ...model, ...task],
    message: /Add --output-dir/,
  },
  "an unknown task": {
    args: [...train, "--task-name", "sst-5"],
    message: /unknown task "sst-5"\. Did you mean sst-2\? Use one of: news, mrpc, mnli, cola, sst-2/,
  },
  "no task": {
    args: ["train", "--do-train", ...model, "--data-dir", news, "--output-dir", output],
    message: /no task: .*--task-name/,
  },
  "no data": {
    args: ["train", "--do-train", ...model, "--output-dir", output],
    message: /no data: .*\(--data-dir\)/,
  },
  "no model": {
    args: ["train", "--do-train", ...task, "--output-dir", output],
    message: /no model: add --model DIR/,
  },
  "a missing data directory": {
    args: [...train, "--data-dir", join(scratch, "nowhere")],
    message: /nowhere: the directory does not exist\. --data-dir expects a directory/,
  },
  "a missing model directory": {
    args: [...train, "--model", join(scratch, "nowhere")],
    message: /nowhere: the directory does not exist\. --model expects a directory/,
  },
  "a missing train.tsv": {
    args: [...train, "--data-dir", join(note, "..")],
    message: /train\.tsv: no such file/,
  },
  "a missing vocabulary": {
    args: [...train, "--vocab-file", join(scratch, "none.txt")],
    message: /none\.txt: no such file/,
  },
  "a missing configuration": {
    args: [...train, "--bert-config-file", join(scratch, "none.json")],
    message: /none\.json: no such file/,
  },
  "missing weights": {
    args: [...train, ...weightsFrom(join(scratch, "none.bin"))],
    message: /none\.bin: no such file/,
  },
  "a directory instead of a file": {
    args: [...train, ...weightsFrom(news)],
    message: /news: expected a file, found a directory/,
  },
  "a missing --config file": {
    args: [...train, "--config", join(scratch, "none.toml")],
    message: /none\.toml: no such file/,
  },
  "a text file as weights": {
    args: [...train, ...weightsFrom(TINY.vocab)],
    message: /vocab\.txt: expected safetensors or a PyTorch weight file/,
  },
  "a text file as configuration": {
    args: [...train, "--bert-config-file", TINY.vocab],
    message: /vocab\.txt: expected a JSON object/,
  },
  "a JSON file as vocabulary": {
    args: [...train, "--vocab-file", TINY.config],
    message: /bert_config\.json: the vocabulary has .* lacks \[UNK\]/,
  },
  "a vocabulary with more tokens than the model": {
    args: [
      ...train,
      "--vocab-file",
      writeFile(join(scratch, "large.txt"), `${readFileSync(TINY.vocab, "utf8")}a1\na2\na3\na4\na5\n`),
    ],
    message: /large\.txt: the vocabulary has 102 tokens, expected at most 101/,
  },
  "weights for another number of labels": {
    args: [...train, ...TINY_WEIGHTS, ...directoryWith("two", { "train.tsv": newsRows(9, ["a", "b"]) })],
    message: /classifier\.weight has shape \[3,32\], but the model requires \[2,32\]/,
  },
  "a short row": {
    args: [...train, ...directoryWith("short", { "train.tsv": "good\t很好\nbad\n" })],
    message: /train\.tsv, line 2: expected at least 2 columns \(label in column 1, text in column 2\), found 1\./,
  },
  "a label that only the validation set has": {
    args: [...train, "--do-eval", ...directoryWith("unseen", { "dev.tsv": "good\t很好\n\nodd\t很差\n" })],
    message:
      /dev\.tsv, line 3: label "odd" \(1\) is not one of the labels of the training set \("bad", "good", "so-so"\)/,
  },
  "features that are not objects": {
    args: [...train, "--train-features", writeFile(join(scratch, "list.jsonl"), "[1]\n")],
    message: /list\.jsonl, line 1: expected a JSON object, found another/,
  },
  "an empty train.tsv": {
    args: [...train, ...directoryWith("empty", { "train.tsv": "\n\n" })],
    message: /train\.tsv: the file has no data rows/,
  },
  "a token id beyond the vocabulary, in features": {
    args: [
      ...train,
      "--train-features",
      features("ids.jsonl", { input_ids: [2, 101], input_mask: [1, 1], segment_ids: [0, 0], label_id: 0 }),
    ],
    message: /ids\.jsonl, line 1: "input_ids"\[1\] is 101, but must be an integer from 0 to 100/,
  },
  "a label beyond --num-labels, in features": {
    args: [
      ...train,
      "--num-labels",
      "2",
      "--train-features",
      features("label.jsonl", { input_ids: [2], input_mask: [1], segment_ids: [0], label_id: 2 }),
    ],
    message: /label\.jsonl, line 1: "label_id" is 2, but must be an integer from 0 to 1/,
  },
  "a label id in features beyond the task's labels": {
    args: [
      ...[...train, "--do-eval", "--train-features"],
      features("beyond.jsonl", { input_ids: [2], input_mask: [1], segment_ids: [0], label_id: 3 }),
    ],
    message: /train features, row 1: label_id is 3, expected less than 3/,
  },
  "tokenizing a directory": {
    args: ["tokenize", "--vocab-file", TINY.vocab, news],
    message: /news: expected a file, found a directory/,
  },
  "features without a label": {
    args: [...train, "--train-features", features("none.jsonl", { input_ids: [2], input_mask: [1], segment_ids: [0] })],
    message: /none\.jsonl, line 1: key "label_id" is missing/,
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
    message: /long\.jsonl, line 1: expected at most 3 tokens in "input_ids" \(max_seq_length\), found 4/,
  },
  "--num-labels that differs from the task's": {
    args: [...train, "--num-labels", "2"],
    message: /--num-labels is 2, but the task news has 3 labels/,
  },
  "more frozen layers than the model has": {
    args: [...train, "--freeze-layers", "3"],
    message: /--freeze-layers is 3, but the model has 2 layers/,
  },
  "--fp16 on a device without fp16": {
    args: [...train, "--fp16", "--engine", "onnx", "--device", "cpu"],
    message: /onnx on cpu does not support fp16 \(supported: fp32\)\. Choose another precision, engine or device\./,
  },
  "a precision that the device does not support": {
    args: [...train, "--precision", "bf16", "--engine", "onnx", "--device", "cpu"],
    message: /onnx on cpu does not support bf16 \(supported: fp32\)\. Choose another precision, engine or device\./,
  },
  "--local-rank above 0": {
    args: [...train, "--local_rank", "1"],
    message:
      /--local-rank is 1, but bertie trains in one process\. .*--write-plan, and start integrations\/torch\/train\.py with torchrun/,
  },
  "WORLD_SIZE above 1": {
    args: train,
    env: { WORLD_SIZE: "2" },
    message: /WORLD_SIZE is 2, but bertie trains in one process/,
  },
  "--engine tensorflow if it is not installed": {
    args: [...train, "--engine", "tensorflow"],
    env: { BERTIE_NATIVE: "no-such-folder" },
    message: /TensorFlow, which is optional, is not installed\. Run `npm run setup:native`/,
  },
  "an unknown --device": {
    args: [...train, "--device", "gpu"],
    message: /--device is "gpu"\. Expected auto, cpu, webgpu/,
  },
  "--device cuda:99, which is not available": {
    args: [...train, "--device", "cuda:99"],
    message: /TensorFlow.*npm run setup:native -- --gpu/,
  },
  "--no-cuda with cuda": {
    args: [...train, "--no_cuda", "--device", "cuda:1"],
    message: /--no-cuda conflicts with --device/,
  },
  "--engine that does not run on --device": {
    args: [...train, "--engine", "tensorflow", "--device", "webgpu"],
    message: /engine tensorflow does not run on webgpu/,
  },
  "--no-cuda with webgpu": {
    args: [...train, "--no_cuda", "--device", "webgpu"],
    message: /--no-cuda conflicts with --device/,
  },
  "an unknown option": {
    args: [...train, "--do-trian"],
    message: /unknown option --do-trian. Did you mean --do-train\?/,
  },
  "a run to resume that does not exist": {
    args: ["train", "--resume", output],
    message: /run: there is no interrupted run to resume, because .*run\.unfinished does not exist/,
  },
  "--resume and --output-dir with different directories": {
    args: [...train, "--resume", join(scratch, "other")],
    message: /--resume .*other and --output-dir .*run name different directories\. Remove one/,
  },
  "--resume without a directory": {
    args: ["train", "--resume"],
    message: /--resume requires the directory of a run\. Use --resume DIR or add --output-dir DIR/,
  },
  "--resume-anyway without --resume": {
    args: [...train, "--resume-anyway"],
    message: /Add --resume or remove --resume-anyway/,
  },
  "a metric without evaluation": { args: [...train, "--metric", "loss"], message: /--metric .*Add --do-eval/ },
  "early stopping without a metric": { args: [...train, "--early-stopping", "1"], message: /Add --metric/ },
  "a metric of another task": {
    args: [...train, "--do-eval", "--metric", "f1"],
    message: /--metric is f1, .* Choose one of accuracy, loss, macro_f1/,
  },
  "an option without a value": {
    args: ["train", "--data-dir", "--do-train"],
    message: /--data-dir needs a value, but is followed by --do-train/,
  },
  "a number that is not numeric": {
    args: [...train, "--learning-rate", "fast"],
    message: /--learning-rate is "fast", but must be a number/,
  },
  "a number out of range": {
    args: [...train, "--warmup_proportion", "1.5"],
    message: /--warmup-proportion is 1.5, but must be from 0 to 1/,
  },
  "an unknown command": { args: ["trian"], message: /unknown command "trian". Did you mean train\?/ },
  "an extra argument": { args: ["doctor", "more"], message: /unexpected argument "more"/ },
  "a table beside a task": {
    args: [...train, "more.csv"],
    message: /--task-name news cannot be combined with a table\. Remove --task-name, or the table\./,
  },
  "evaluation without weights": {
    args: ["eval", ...model, ...task],
    message: /no weights: /,
  },
  "prediction with a model without labels": {
    args: ["predict", ...model, ...TINY_WEIGHTS, TINY.vocab],
    message: /the configuration has no labels/,
  },
  "tokenizing a Parquet file": {
    args: ["tokenize", "--vocab-file", TINY.vocab, writeFile(join(scratch, "a.parquet"), "PAR1\x15\x04\x15PAR1")],
    message: /a\.parquet: expected text, found Parquet, which Bertie cannot read\. Convert/,
  },
  "tokenizing a missing file": {
    args: ["tokenize", "--vocab-file", TINY.vocab, join(scratch, "none.txt")],
    message: /none\.txt: no such file/,
  },
  "tokenizing to an existing file": {
    args: ["tokenize", "--vocab-file", TINY.vocab, "--output", note, TINY.vocab],
    message: /note\.txt: the output file already exists/,
  },
};

describe("exit code 2, one line, and nothing written:", () => {
  it.each(Object.entries(errors))("%s", async (_, { args, message, env = {} }) => {
    const { code, stdout, stderr } = await bertie(args, { env });
    expect(stderr).toMatch(/^bertie: [^\n]+\n$/);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(code).toBe(2);
    expect(readdirSync(outputs)).toEqual([]);
    expect(readdirSync(join(note, ".."))).toEqual(["note.txt"]);
    expect(readFileSync(note, "utf8")).toBe("keep me");
  });
});

it("a run that diverges ends with exit code 1 and an error line, and writes no output", async () => {
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
    /^bertie: the loss is NaN at step \d+, in epoch 1, on rows \d+(, \d+){3}\. Lower the learning rate/,
  );
  expect(readdirSync(outputs)).toEqual([]);
});
