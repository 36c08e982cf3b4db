import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readSafetensors, type WeightTensor, writeSafetensors } from "@bertie/model";
import { expect } from "vitest";
import { bertie, bertieOk, newsDirectory, TINY, writeFile } from "./bertie.ts";

// The tiny model as files of model directories, and commands on such directories.

export type Files = Readonly<Record<string, string | Uint8Array>>;
export const sizes = JSON.parse(readFileSync(TINY.config, "utf8")) as Record<string, unknown>;
export const config = JSON.stringify({ ...sizes, model_type: "bert" });
export const vocab = readFileSync(TINY.vocab, "utf8");
export const trained = readSafetensors(readFileSync(TINY.weights), "init.safetensors");
export const encoder = [...trained].filter(([name]) => !name.startsWith("classifier."));
const lowercase = JSON.stringify({ do_lower_case: true });
/** Files of a pre-trained model except its weights. */
export const base: Files = { "config.json": config, "vocab.txt": vocab, "tokenizer_config.json": lowercase };
export const safetensors = (tensors: readonly (readonly [string, WeightTensor])[]) =>
  writeSafetensors(new Map(tensors));
export const whole: Files = { "model.safetensors": safetensors(encoder) };

/** Returns a tokenizer.json with the vocabulary of the tiny model. */
export const tokenizerJson = (changes: object = {}, normalizer: object = {}) =>
  JSON.stringify({
    added_tokens: [],
    normalizer: { type: "BertNormalizer", clean_text: true, lowercase: true, strip_accents: null, ...normalizer },
    pre_tokenizer: { type: "BertPreTokenizer" },
    model: {
      type: "WordPiece",
      vocab: Object.fromEntries(
        vocab
          .trimEnd()
          .split("\n")
          .map((token, id) => [token, id]),
      ),
    },
    ...changes,
  });

/** Expects a command to fail with exit code 2 and one line, and returns the line. */
export async function failure(...args: string[]): Promise<string> {
  const { code, stderr, stdout } = await bertie(args);
  expect(stderr).toMatch(/^bertie: [^\n]+\n$/);
  expect([code, stdout]).toEqual([2, ""]);
  return stderr;
}

/** Model directories and training runs in a scratch directory. */
export function createModels(scratch: string) {
  const inScratch = (...path: string[]) => join(scratch, ...path);
  const news = newsDirectory(scratch);
  /** Writes a model directory, and returns its path. */
  function directory(name: string, files: Files): string {
    for (const [file, contents] of Object.entries(files)) writeFile(inScratch(name, file), contents);
    return inScratch(name);
  }

  /** Options of the data and the engine. */
  const task = ["--task-name", "news", "--data-dir", news, "--max-seq-length", "16", "--engine", "reference"];
  let runs = 0;

  /** Trains a model for one step, and returns the run's directory and output. */
  async function train(model: string, ...args: string[]) {
    const run = inScratch(`run-${runs++}`);
    const options = [...task, "--do-train", "--max-steps", "1", "--output-dir", run];
    return { run, ...(await bertieOk(["train", ...options, "--model", model, ...args])) };
  }

  /** Expects training to be refused, with nothing written, and returns the message. */
  async function refusal(model: string, ...args: string[]): Promise<string> {
    const output = inScratch("refused", "run");
    const message = await failure("train", ...task, "--do-train", "--output-dir", output, "--model", model, ...args);
    expect(existsSync(dirname(output))).toBe(false);
    return message;
  }

  return { inScratch, directory, task, train, refusal };
}
