import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bertieOk, newsDirectory, readLines, TINY, TINY_MODEL } from "./bertie.ts";

/** The files of a model directory. */
export const MODEL_FILES = [
  ...["config.json", "model.safetensors", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"],
  "vocab.txt",
];

/** The files that describe a training run for people. */
export const REPORT_FILES = ["README.md", "report.html", "events.out.tfevents"];

/** The files of an evaluation. */
export const EVALUATION_FILES = [
  ...["eval_predictions.jsonl", "eval_results.json", "eval_results.txt", "mistakes.jsonl"],
];

/** Returns the sorted names of the files of a run. The name of the event file is shortened, because it contains the time. */
export function filesOf(run: string): string[] {
  return readdirSync(run)
    .map((name) => name.replace(/^(events\.out\.tfevents)\..*/, "$1"))
    .sort();
}

/** Options with which the tiny model learns in two epochs. */
export const QUICKLY = ["--learning-rate", "3e-3", "--num-train-epochs", "2"];

/** Training runs of the tiny model on task news, in a scratch directory. */
export function createTraining(scratch: string) {
  const news = newsDirectory(scratch);
  const options = ["--task-name", "news", "--data-dir", news, ...TINY_MODEL, "--train-batch-size", "8", "--do-train"];
  return {
    /** Data directory: 24 training rows and 9 validation rows. */
    news,
    options,
    /** The section of a sweep file that describes such runs with an evaluation. */
    runSection: `[run]
task-name = "news"
data-dir = "${news}"
bert-config-file = "${TINY.config}"
vocab-file = "${TINY.vocab}"
random-weights = true
do-lower-case = true
max-seq-length = 16
train-batch-size = 8
do-train = true
do-eval = true
`,
    /** Trains to the end, and returns the run's directory and output. */
    async train(name: string, ...args: string[]) {
      const run = join(scratch, name);
      return { run, ...(await bertieOk(["train", ...options, "--output-dir", run, ...args])) };
    },
  };
}

/** Returns the metrics of a run's steps, without the speed. */
export function stepsOf(run: string): Record<string, number>[] {
  return readLines(join(run, "metrics.jsonl")).map((line) => {
    const { examples_per_second, ...rest } = JSON.parse(line) as Record<string, number>;
    return rest;
  });
}

export function weightsOf(run: string): Uint8Array {
  return readFileSync(join(run, "model.safetensors"));
}

export function readJson(...path: string[]): Record<string, unknown> {
  return JSON.parse(readFileSync(join(...path), "utf8")) as Record<string, unknown>;
}
