import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { bertie, bertieOk, MAIN, scratchDirectory, TINY, TINY_WEIGHTS, writeFile } from "./bertie.ts";
import { createTraining } from "./training.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const scratch = scratchDirectory();
const { train } = createTraining(scratch);
const at = (...names: string[]) => join(scratch, ...names);
const words = ["很好，", "酒店 ", "room ", "差", "不大不小 "];
const lineOf = (i: number) => Array.from({ length: i % 23 }, (_, k) => words[(i * k) % 5]).join("");
const linesOf = (count: number) => Array.from({ length: count }, (_, i) => lineOf(i));
const tokenize = ["tokenize", "--vocab-file", TINY.vocab, "--do-lower-case"];

/** Starts a command, and kills it when a name that matches appears in a directory. Returns whether it was killed. */
async function killWhenStaged(args: readonly string[], directory: string, name: RegExp): Promise<boolean> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: "ignore" });
  const ended = new Promise<boolean>((resolve) => child.on("close", (_, signal) => resolve(signal === "SIGKILL")));
  while (child.exitCode === null && child.signalCode === null) {
    if (existsSync(directory) && readdirSync(directory).some((each) => name.test(each))) child.kill("SIGKILL");
    await sleep(1);
  }
  return ended;
}

describe("shards of bertie tokenize", () => {
  it("merges to the bytes of a run without shards after one of eight was killed and repeated", async () => {
    const corpus = writeFile(at("corpus.txt"), `${linesOf(300_000).join("\n")}\n`);
    const shards = at("shards");
    const shard = (i: number) => [
      ...tokenize,
      corpus,
      "--format",
      "bin",
      "--output",
      `${shards}/`,
      "--shard",
      `${i}/8`,
    ];
    const whole = bertieOk([...tokenize, corpus, "--output", at("whole", "corpus.bin")]);
    const others = [1, 2, 3, 4, 6, 7, 8].map((i) => bertieOk(shard(i)));
    await Promise.all([whole, ...others]);
    expect(await killWhenStaged(shard(5), shards, /^\.tokens-00005-of-00008/)).toBe(true);
    const partial = readdirSync(shards).filter((name) => name.includes("00005-of"));
    expect(partial.length).toBeGreaterThan(0);
    expect(partial.filter((name) => !name.startsWith("."))).toEqual([]);

    const merge = ["merge", shards, "--output", at("merged", "corpus.bin")];
    const incomplete = await bertie(merge);
    expect(incomplete.code).toBe(2);
    expect(incomplete.stderr).toContain(`${join(shards, "tokens-00005-of-00008.bin")}: shard 5 of 8 is missing.`);
    expect(existsSync(at("merged"))).toBe(false);

    await bertieOk(shard(5));
    const { stderr } = await bertieOk(merge);
    for (const name of partial) expect(stderr).toContain(`warning: ${join(shards, name)} was left by a run`);
    for (const name of ["corpus.bin", "corpus.idx.npy"])
      expect(readFileSync(at("merged", name)).equals(readFileSync(at("whole", name)))).toBe(true);
  });

  it("reads the shard from the environment of a job, and prints it", async () => {
    const corpus = writeFile(at("few.txt"), "好\n差\n");
    const run = (shard: string, env: Record<string, string>) =>
      bertie([...tokenize, corpus, "--shard", shard], { env });
    const second = await run("auto/2", { JOB_COMPLETION_INDEX: "1" });
    expect(second.stderr).toBe("shard 2 of 2 (JOB_COMPLETION_INDEX=1)\n");
    expect(second.stdout.split("\n")).toHaveLength(2);
    const unset = await run("slurm/2", {});
    expect([unset.code, unset.stdout]).toEqual([2, ""]);
    expect(unset.stderr).toMatch(/SLURM_ARRAY_TASK_ID is not set\. Run the command in sbatch --array=1-N/);
  });
});

/** Runs a command on each split as Hadoop does, and returns the sorted lines of all outputs. */
async function mapSplits(args: readonly string[], lines: readonly string[]): Promise<string[]> {
  // The last split is empty.
  const splits = [0, 1, 2, 3].map((i) => lines.slice(i * 40, i === 2 ? lines.length : (i + 1) * 40));
  const outcomes = await Promise.all(
    [...splits.slice(0, 3), []].map((split) => bertieOk(args, { stdin: split.map((line) => `${line}\n`).join("") })),
  );
  return outcomes.flatMap(({ stdout }) => stdout.split("\n").slice(0, -1)).sort();
}

const keyed = linesOf(130).map((text, i) => `key-${i}\t${i % 7}\t${text}`);

describe("bertie tokenize as a filter", () => {
  it("answers each line of each split after its key", async () => {
    const whole = await bertieOk(tokenize, { stdin: linesOf(130).join("\n") });
    const expected = whole.stdout
      .split("\n")
      .slice(0, -1)
      .map((line, i) => `key-${i}\t${i % 7}\t${line}`);
    expect(await mapSplits([...tokenize, "--key-fields", "2"], keyed)).toEqual(expected.sort());
    const threads = await bertieOk([...tokenize, "--key-fields", "2", "--threads", "2"], { stdin: keyed.join("\n") });
    expect(threads.stdout.split("\n").slice(0, -1).sort()).toEqual(expected);
  });

  it.each([[[]], [["--offsets"]]])("skips lines with invalid UTF-8 together with their keys %j", async (options) => {
    const stdin = Buffer.concat([
      Buffer.from("a\t好\nb\t"),
      Buffer.of(0xff),
      Buffer.from("\nc\t差\n\xff".slice(0, -1)),
    ]);
    const skip = [...tokenize, "--key-fields", "1", "--on-invalid-utf8", "skip", ...options];
    const { stdout } = await bertieOk(skip, { stdin });
    expect(stdout.split("\n").map((line) => line.split("\t")[0])).toEqual(["a", "c", ""]);
  });

  it("names the line without a key, and writes nothing for it", async () => {
    const { code, stderr } = await bertie([...tokenize, "--key-fields", "2"], { stdin: "a\tb\tc\na\tb\n" });
    expect(code).toBe(2);
    expect(stderr).toMatch(/stdin, line 2: found 1 tab, but --key-fields 2 requires 2 before the text/);
  });
});

describe("shards and filters of bertie predict", () => {
  let model = "";
  beforeAll(async () => {
    ({ run: model } = await train("model", "--learning-rate", "5e-3", ...TINY_WEIGHTS));
  });
  const predict = (...args: string[]) => ["predict", ...args, "--model", model];

  it("merges to the predictions and the manifest of a run without shards", async () => {
    const texts = writeFile(at("texts.txt"), linesOf(2100).join("\n"));
    await Promise.all([
      bertieOk(predict(texts, "--output-dir", at("predicted"))),
      ...[1, 2, 3].map((i) => bertieOk(predict(texts, "--output-dir", at("parts"), "--shard", `${i}/3`))),
    ]);
    expect(readdirSync(at("parts"))).toHaveLength(3);
    await bertieOk(["merge", at("parts"), "--output", at("predictions", "predictions.tsv")]);
    const read = (directory: string, name: string) => readFileSync(at(directory, name), "utf8");
    expect(read("predictions", "predictions.tsv")).toBe(read("predicted", "predictions.tsv"));
    const manifest = (directory: string) => ({
      ...JSON.parse(read(directory, "predictions.tsv.manifest.json")),
      seconds: 0,
    });
    expect(manifest("predictions")).toEqual(manifest("predicted"));
  });

  it("answers each line of each split after its key, without a header", async () => {
    const whole = await bertieOk(predict(), { stdin: linesOf(130).join("\n") });
    const expected = whole.stdout
      .split("\n")
      .slice(1, -1)
      .map((line, i) => `key-${i}\t${i % 7}\t${line.split("\t")[0]}`);
    const mapped = await mapSplits(predict("--key-fields", "2"), keyed);
    expect(mapped.map((line) => line.split("\t").slice(0, 3).join("\t"))).toEqual(expected.sort());
    const json = await bertieOk(predict("--key-fields", "1", "--json"), { stdin: "k\t很好\n" });
    expect(json.stdout).toMatch(/^k\t\{"label":"[^"]+","probabilities":\{.*\}\}\n$/);
  });

  it("ends with 141 when the reader closes the pipe", async () => {
    const child = spawn(process.execPath, [MAIN, ...predict("--key-fields", "0")], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    child.stdin.on("error", () => {});
    child.stdout.once("data", () => child.stdout.destroy());
    const timer = setInterval(() => child.stdin.write("很好\n"), 10);
    const code = await new Promise((resolve) => child.on("exit", resolve));
    clearInterval(timer);
    expect(code).toBe(141);
  });
});
