import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** The built command. */
export const MAIN = join(ROOT, "packages/cli/dist/main.js");

/** Exit code and output of a command. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface BertieOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Signal to send as soon as stderr matches. */
  readonly signal?: { readonly name: NodeJS.Signals; readonly when: RegExp };
  /** Function to call as soon as stderr matches. */
  readonly action?: { readonly run: () => void; readonly when: RegExp };
}

/** Runs the built command. The device "auto" is the CPU, so that results do not depend on the machine's GPU. */
export function bertie(
  args: readonly string[],
  { stdin = "", env = {}, signal, action }: BertieOptions = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { BERTIE_DEVICE: "cpu", ...process.env, ...env } });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    const before = stderr;
    stderr += text;
    const isNew = (when: RegExp) => when.test(stderr) && !when.test(before);
    if (signal && isNew(signal.when)) child.kill(signal.name);
    if (action && isNew(action.when)) action.run();
  });
  child.stdin.on("error", () => {}); // the command may exit without reading stdin
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs the command, and throws if its exit code is not 0. */
export async function bertieOk(args: readonly string[], options?: BertieOptions): Promise<Outcome> {
  const outcome = await bertie(args, options);
  if (outcome.code !== 0) throw new Error(`bertie ${args.join(" ")} exited with ${outcome.code}: ${outcome.stderr}`);
  return outcome;
}

/** Creates a temporary directory, which is removed after the test file. */
export function scratchDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "bertie-cli-"));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function writeFile(path: string, contents: string | Uint8Array): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
  return path;
}

export function readLines(path: string): string[] {
  return readFileSync(path, "utf8").trimEnd().split("\n");
}

const fixture = (path: string) => join(ROOT, path);

/** A BERT of two layers, with 101 tokens, 24 positions and a classifier of 3 labels, and its vocabulary. */
export const TINY = {
  config: fixture("packages/model/fixtures/tiny-bert/bert_config.json"),
  weights: fixture("packages/model/fixtures/tiny-bert/init.safetensors"),
  vocab: fixture("tests/cli/fixtures/vocab.txt"),
};

/** Options for the tiny model without its weights, so that the number of labels is free. */
export const TINY_MODEL = [
  ["--bert-config-file", TINY.config, "--vocab-file", TINY.vocab, "--do-lower-case", "--max-seq-length", "16"],
  ["--random-weights"],
].flat();

/** Options that add weights to `TINY_MODEL`. */
export const weightsFrom = (path: string) => ["--random-weights=false", "--init-checkpoint", path];

/** Options that add the weights of the tiny model to `TINY_MODEL`. */
export const TINY_WEIGHTS = weightsFrom(TINY.weights);

/** Rows of task news. The words of a row determine its label. */
export function newsRows(count: number, labels = ["bad", "good", "so-so"]): string {
  const words = ["很差", "很好", "不大不小"];
  return Array.from(
    { length: count },
    (_, i) => `${labels[i % labels.length]}\t${words[i % 3]}，${i % 10} 酒店 room\n`,
  ).join("");
}

/** Writes a data directory of task news. */
export function newsDirectory(base: string, name = "news", { train = 24, dev = 9 } = {}): string {
  writeFile(join(base, name, "train.tsv"), newsRows(train));
  writeFile(join(base, name, "dev.tsv"), newsRows(dev));
  return join(base, name);
}
