import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** The built command. */
export const MAIN = join(ROOT, "packages/cli/dist/main.js");

/** How a command ended, and what it said. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface BertieOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sent as soon as stderr matches. */
  readonly signal?: { readonly name: NodeJS.Signals; readonly when: RegExp };
  /** Called as soon as stderr matches. */
  readonly meanwhile?: { readonly does: () => void; readonly when: RegExp };
}

/** Runs the built command, as users do; where "auto" is to be the CPU, whatever GPU this machine has. */
export function bertie(
  args: readonly string[],
  { stdin = "", env = {}, signal, meanwhile }: BertieOptions = {},
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
    if (meanwhile && isNew(meanwhile.when)) meanwhile.does();
  });
  child.stdin.on("error", () => {}); // it may end without reading
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs the command, which must end well. */
export async function bertieOk(args: readonly string[], options?: BertieOptions): Promise<Outcome> {
  const outcome = await bertie(args, options);
  if (outcome.code !== 0) throw new Error(`bertie ${args.join(" ")} ended with ${outcome.code}: ${outcome.stderr}`);
  return outcome;
}

/** A directory for a test file's runs, which goes away with it. */
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

/** A BERT of two layers, with 101 tokens and 24 positions, and a vocabulary for it; its classifier has 3 labels. */
export const TINY = {
  config: fixture("packages/model/fixtures/tiny-bert/bert_config.json"),
  weights: fixture("packages/model/fixtures/tiny-bert/init.safetensors"),
  vocab: fixture("tests/cli/fixtures/vocab.txt"),
};

/** Options that give the tiny model, without its classifier's weights, so that any labels do. */
export const TINY_MODEL = [
  ["--bert-config-file", TINY.config, "--vocab-file", TINY.vocab, "--do-lower-case", "--max-seq-length", "16"],
].flat();

/** Rows of task news: the good, the bad and the middling, told apart by their words. */
export function newsRows(count: number, labels = ["bad", "good", "so-so"]): string {
  const words = ["很差", "很好", "不大不小"];
  return Array.from(
    { length: count },
    (_, i) => `${labels[i % labels.length]}\t${words[i % 3]}，${i % 10} 酒店 room\n`,
  ).join("");
}

/** A data directory of task news. */
export function newsDirectory(base: string, name = "news", { train = 24, dev = 9 } = {}): string {
  writeFile(join(base, name, "train.tsv"), newsRows(train));
  writeFile(join(base, name, "dev.tsv"), newsRows(dev));
  return join(base, name);
}
