import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { TextClassifier } from "../../packages/classifier/src/index.ts";
import { bertie, bertieOk, MAIN, readLines, scratchDirectory, TINY_MODEL, TINY_WEIGHTS, writeFile } from "./bertie.ts";
import { createTraining, readJson } from "./training.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const scratch = scratchDirectory();
const { train } = createTraining(scratch);
const inScratch = (name: string) => join(scratch, name);

let model = "";
beforeAll(async () => {
  const strongly = ["--learning-rate", "5e-3", "--num-train-epochs", "20", ...TINY_WEIGHTS];
  ({ run: model } = await train("model", ...strongly));
});

const texts = ["很好，1 酒店 room", "很差，1 酒店 room", "不大不小，1 酒店 room"];
/** Lines of different lengths, some of them empty. */
const lines = Array.from({ length: 300 }, (_, i) => texts[i % 3]!.repeat(1 + (i % 4)).slice(0, (i * 7) % 31));

const running = new Set<ReturnType<typeof spawn>>();
afterEach(() => {
  for (const child of running) child.kill();
  running.clear();
});

/** Starts `bertie predict` with an open stdin. */
function startPredict(...args: string[]) {
  const env = { BERTIE_DEVICE: "cpu", ...process.env };
  const child = spawn(process.execPath, [MAIN, "predict", "--model", model, ...args], { env });
  running.add(child);
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.on("error", () => {}); // the command may exit without reading stdin
  const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
  return {
    child,
    ended,
    stderr: () => stderr,
    /** Returns the answers so far, without the names of the columns. */
    answers: () => stdout.split("\n").slice(1, -1),
    /** Waits until `count` lines have been answered. */
    async until(count: number, milliseconds: number): Promise<void> {
      for (const end = performance.now() + milliseconds; stdout.split("\n").length <= count + 1; await sleep(10))
        if (performance.now() > end) throw new Error(`${count} answers take more than ${milliseconds} ms: ${stderr}`);
    },
  };
}

describe("bertie predict on a stream", () => {
  it("answers each line within seconds while stdin stays open", async () => {
    const { child, ended, answers, until, stderr } = startPredict();
    for (const [i, text] of texts.entries()) {
      child.stdin.write(`${text}\n`);
      await until(i + 1, i === 0 ? 20_000 : 5000); // the first line also waits for the model to load
    }
    expect(answers().map((line) => line.split("\t")[0])).toEqual(["good", "bad", "so-so"]);
    child.stdin.write("很");
    await sleep(100);
    expect(answers()).toHaveLength(3); // an incomplete line is answered only when the stream ends
    child.stdin.end("好");
    expect(await ended).toBe(0);
    expect(answers()).toHaveLength(4);
    expect(stderr()).toBe("");
  });

  it("keeps the order of lines of mixed lengths, and returns TextClassifier's probabilities", async () => {
    const { stdout } = await bertieOk(["predict", "--model", model], { stdin: lines.join("\n") });
    const [header, ...rows] = stdout.trimEnd().split("\n");
    expect(rows).toHaveLength(lines.length);
    await using classifier = await TextClassifier.load(model, { engine: "onnx", device: "cpu" });
    expect(header!.split("\t")).toEqual(["label", "score", ...classifier.labels]);
    for (const [i, [best, ...others]] of (await classifier.classify(lines)).entries()) {
      const [label, score, ...probabilities] = rows[i]!.split("\t");
      expect([i, label]).toEqual([i, best!.label]);
      expect(score).toBe(probabilities[classifier.labels.indexOf(label!)]);
      for (const answer of [best!, ...others]) {
        const probability = Number(probabilities[classifier.labels.indexOf(answer.label)]);
        expect(Math.abs(probability - answer.score)).toBeLessThanOrEqual(1e-6); // written with six digits
      }
    }
  });

  it("with --json numbers the lines in order", async () => {
    const { stdout } = await bertieOk(["predict", "--model", model, "--json"], {
      stdin: lines.slice(0, 70).join("\n"),
    });
    const rows = stdout.trimEnd().split("\n");
    const guids = rows.map((line) => (JSON.parse(line) as { guid: string }).guid);
    expect(guids).toEqual(Array.from({ length: 70 }, (_, i) => `line-${i + 1}`));
  });

  it("rejects empty stdin and an empty file", async () => {
    const empty = writeFile(inScratch("empty.txt"), "");
    for (const args of [[], [empty]]) {
      const { code, stdout, stderr } = await bertie(["predict", "--model", model, ...args], { stdin: "" });
      expect([code, stdout]).toEqual([2, ""]);
      const name = args[0] ?? "stdin";
      expect(stderr).toBe(`bertie: ${name}: no lines to classify. Provide one text per line.\n`);
    }
  });

  it("answers the lines before a line that is not valid UTF-8, and names that line", async () => {
    const file = writeFile(
      inScratch("broken.txt"),
      Buffer.concat([Buffer.from("很好\n很差\n"), Buffer.of(0xff, 0x0a)]),
    );
    const { code, stderr } = await bertie(["predict", "--model", model, file]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^bertie: .*broken\.txt, line 3, byte 1: the bytes are not valid UTF-8/);
  });

  it("exits silently when the reader of stdout closes it", async () => {
    const { child, ended, until, stderr } = startPredict();
    child.stdin.write(`${texts[0]}\n`);
    await until(1, 20_000);
    child.stdout.destroy();
    const more = setInterval(() => child.stdin.write(`${lines.join("\n")}\n`), 20);
    expect(await ended).toBe(141);
    clearInterval(more);
    expect(stderr()).toBe("");
  });

  it("stops at a signal while waiting for lines, and leaves no output directory", async () => {
    const output = inScratch("interrupted");
    const { child, ended, until, stderr } = startPredict("--output-dir", output);
    child.stdin.write(`${texts[0]}\n`);
    await until(1, 20_000);
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(stderr()).toBe("bertie: interrupted: nothing was saved\n");
    expect([existsSync(output), existsSync(`${output}.unfinished`)]).toEqual([false, false]);
  });

  it("exits at an error although stdin stays open", async () => {
    const { child, ended, stderr } = startPredict();
    child.stdin.write(Buffer.of(0xff, 0x0a));
    expect(await ended).toBe(2);
    expect(stderr()).toMatch(/^bertie: stdin, line 1, byte 1: /);
  });
});

describe("bertie predict --output-dir", () => {
  it("writes the predictions, and run.json with the hash of every input", async () => {
    const file = writeFile(inScratch("lines.txt"), lines.slice(0, 50).join("\r\n"));
    const output = inScratch("predicted");
    const { stdout } = await bertieOk(["predict", "--model", model, file, "--output-dir", output]);
    expect(readdirSync(output).sort()).toEqual(["predictions.tsv", "predictions.tsv.manifest.json", "run.json"]);
    expect(readFileSync(join(output, "predictions.tsv"), "utf8")).toBe(stdout);
    expect(readLines(join(output, "predictions.tsv"))).toHaveLength(1 + 50);
    const record = readJson(output, "run.json");
    const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
    const paths = ["config.json", "vocab.txt", "model.safetensors"].map((name) => join(model, name));
    for (const path of [file, ...paths])
      expect(record.input_files).toContainEqual({ path, bytes: readFileSync(path).length, sha256: sha256(path) });
    expect(record).toMatchObject({ task_name: "news", labels: ["bad", "good", "so-so"], pairs: false });
  });

  it("rejects a non-empty directory before reading a line", async () => {
    const output = inScratch("full");
    writeFile(join(output, "note"), "keep");
    const { code, stderr } = await bertie(["predict", "--model", model, "--output-dir", output], { stdin: "很好\n" });
    expect(code).toBe(2);
    expect(stderr).toMatch(/the output directory is not empty/);
    expect(readdirSync(output)).toEqual(["note"]);
  });
});

describe("bertie predict with a model of pairs", () => {
  const pairs = inScratch("pairs");
  beforeAll(async () => {
    const header = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n";
    const rows = Array.from({ length: 12 }, (_, i) => `${i % 2}\t1\t2\ta ${i}\tb ${i}\n`).join("");
    writeFile(join(inScratch("mrpc"), "train.tsv"), header + rows);
    const data = ["--task-name", "mrpc", "--data-dir", inScratch("mrpc"), "--do-train", "--max-steps", "1"];
    await bertieOk(["train", ...data, ...TINY_MODEL, "--output-dir", pairs]);
  });

  it.each([
    ["a single text", "a 1\tb 1\na 2\na 3\tb 3\n", 1],
    ["three texts", "a 1\tb 1\na 2\tb 2\tc 2\n", 3],
  ])("answers the lines before a line with %s, and names that line", async (_, stdin, found) => {
    const { code, stdout, stderr } = await bertie(["predict", "--model", pairs], { stdin });
    expect(code).toBe(2);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1 + 1);
    expect(stderr).toMatch(
      new RegExp(`^bertie: stdin, line 2: .*expected 2 tab-separated texts, found ${found}\\. [^\n]*\n$`),
    );
  });

  it.runIf(existsSync("/dev/full"))("reports in one line that the disk of stdout is full", () => {
    const full = openSync("/dev/full", "w");
    const env = { BERTIE_DEVICE: "cpu", ...process.env };
    const { status, stderr } = spawnSync(process.execPath, [MAIN, "predict", "--model", model], {
      ...{ env, input: `${texts[0]}\n`, stdio: ["pipe", full, "pipe"], encoding: "utf8" },
    });
    closeSync(full);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/^bertie: cannot write to stdout \(ENOSPC.*\)\. Check the disk\.\n$/),
    ]);
  });
});
