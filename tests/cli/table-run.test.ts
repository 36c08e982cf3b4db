import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tensorflowAvailable } from "../../packages/engine/src/testing/tensorflow-available.ts";
import { bertie, bertieOk, readLines, scratchDirectory, TINY_MODEL, writeFile } from "./bertie.ts";
import { readJson } from "./training.ts";

const scratch = scratchDirectory();
const TINY = [...TINY_MODEL, "--train-batch-size", "8", "--max-steps", "2", "--no-baseline"];

/** Table with two labels, groups of two rows, quotes and line breaks. */
const rows = Array.from({ length: 40 }, (_, i) => {
  const text = `${i % 2 === 0 ? "good" : "bad"} number ${i}${i % 5 === 0 ? ', "quoted",\nand more' : ""}`;
  return `"${text.replaceAll('"', '""')}",${i % 2 === 0 ? "up" : "down"},author ${i >> 1}`;
});
const csv = writeFile(join(scratch, "reviews.csv"), `review,stars,author\n${rows.join("\n")}\n`);

describe("bertie train TABLE", () => {
  it("detects the table, splits off a tenth of the rows, trains, evaluates and writes a report", async () => {
    const run = join(scratch, "first");
    const { stderr, stdout } = await bertieOk(["train", csv, ...TINY, "--output-dir", run]);
    expect(stderr).toContain('CSV, UTF-8, delimited by ",", with a header');
    expect(stderr).toContain('text: column "review" (1), label: column "stars" (2)');
    expect(stderr).toMatch(/train +\S+reviews\.csv +36 rows/);
    expect(stderr).toMatch(/dev +\S+reviews\.csv +4 rows/);
    expect(stderr).not.toContain("*** Example ***");
    expect(stdout).toMatch(/^eval_accuracy = /);
    expect(readdirSync(run)).toEqual(expect.arrayContaining(["report.html", "README.md", "eval_predictions.jsonl"]));
    const record = readJson(run, "run.json");
    expect(record).toMatchObject({ labels: ["down", "up"], split: { seed: 42, rows: 40, eval_fraction: 0.1 } });
    expect(record.data).toMatchObject({
      sets: [
        { set: "train", rows: 36 },
        { set: "dev", rows: 4 },
      ],
    });
    expect(readLines(join(run, "eval_predictions.jsonl"))).toHaveLength(4);
  });

  it("keeps the rows of a group together with --group-column", async () => {
    const run = join(scratch, "groups");
    const options = ["--group-column", "author", "--eval-fraction", "0.2", "--output-dir", run];
    await bertieOk(["train", csv, ...TINY, ...options]);
    const ids = readLines(join(run, "eval_predictions.jsonl")).map((line) => {
      const { id } = JSON.parse(line) as { id: string };
      return Number(/\d+$/.exec(id)![0]);
    });
    expect(ids.length).toBe(8);
    for (const id of ids) expect(ids).toContain(id ^ 1);
  });

  it("reads a table from stdin, and evaluates on another table with other columns first", async () => {
    const dev = writeFile(join(scratch, "dev.csv"), "stars,author,review\nup,a,good day\ndown,b,bad day\n");
    const run = join(scratch, "stdin");
    const stdin = readFileSync(csv);
    const { stderr } = await bertieOk(["train", "-", "--eval-file", dev, ...TINY, "--output-dir", run], { stdin });
    expect(stderr).toMatch(/train +stdin +40 rows/);
    expect(stderr).toMatch(/dev +\S+dev\.csv +2 rows/);
    expect(readJson(run, "run.json")).not.toHaveProperty("split");
  });

  it.each([
    [["--task-name", "news"], "--task-name news cannot be combined with a table"],
    [["--folds", "3", "--eval-fraction", "0.2"], "--folds evaluates on a part of the training rows"],
    [["--fold", "2"], "--fold selects a part of --folds"],
    [["--folds", "3", "--fold", "4"], "--fold is 4, but must be from 1 to 3"],
  ])("rejects %j", async (args, message) => {
    const { code, stderr } = await bertie(["train", csv, ...TINY, "--output-dir", join(scratch, "no"), ...args]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(existsSync(join(scratch, "no"))).toBe(false);
  });
});

describe("bertie train --dry-run", () => {
  it("prints the summary, steps, memory and time, and writes nothing", async () => {
    const output = join(scratch, "dry");
    const args = ["train", csv, ...TINY_MODEL, "--train-batch-size", "8", "--dry-run", "--output-dir", output];
    const { stdout } = await bertieOk(args);
    expect(stdout).toMatch(/"down" +20 +50\.0%/);
    expect(stdout).toContain("dry run: 15 training steps (3 epochs of 36 rows, 8 per step); 4 rows for evaluation");
    expect(stdout).toMatch(/memory: about \d+\.\d GB/);
    expect(stdout).toMatch(/time: about \S+ of training with onnx on cpu/);
    expect(existsSync(output)).toBe(false);
    expect(existsSync(`${output}.unfinished`)).toBe(false);
  });

  it.skipIf(!tensorflowAvailable)(
    "times bf16 on TensorFlow, as ONNX Runtime has none on a CPU (skipped: not installed)",
    async () => {
      const args = [
        "train",
        csv,
        ...TINY_MODEL,
        "--dry-run",
        "--precision",
        "bf16",
        "--output-dir",
        join(scratch, "no"),
      ];
      const { stdout } = await bertieOk(args);
      expect(stdout).toMatch(/time: about \S+ of training with tensorflow on cpu/);
    },
  );

  it("counts the rows that a run holds out, and the windows of long texts", async () => {
    const run = [...TINY_MODEL, "--train-batch-size", "8", "--dry-run"];
    const folds = await bertieOk(["train", csv, ...run, "--folds", "4"]);
    expect(folds.stdout).toContain("for each of 4 models (3 epochs of 30 rows, 8 per step); 10 rows for evaluation");
    const long = writeFile(
      join(scratch, "long.csv"),
      `text,label\n${rows
        .slice(0, 4)
        .map((_, i) => `${"good ".repeat(30)}${i},${i % 2 ? "up" : "down"}\n`)
        .join("")}`,
    );
    const windows = await bertieOk(["train", long, ...run, "--long-text", "windows", "--max-seq-length", "18"]);
    expect(windows.stdout).toContain(
      "dry run: 9 training steps (3 epochs of 2 rows in 20 windows, 8 per step); 2 rows",
    );
  });

  it("fails for the errors that a run would have", async () => {
    const one = writeFile(
      join(scratch, "one.csv"),
      `text,label\n${rows.map((_, i) => `good text ${i},up\n`).join("")}`,
    );
    const { code, stderr } = await bertie(["train", one, ...TINY_MODEL, "--dry-run"]);
    expect(stderr).toContain('have the label "up", expected at least 2 labels');
    expect(code).toBe(2);
  });
});

it("bertie init writes a run.toml that bertie train reads", async () => {
  const toml = join(scratch, "run.toml");
  const { stdout } = await bertieOk(["init", csv, "--output", toml]);
  expect(stdout).toContain(`written to ${toml}`);
  expect(readFileSync(toml, "utf8")).toContain('text-column = "review"');
  const dry = await bertieOk(["train", "--config", toml, ...TINY_MODEL, "--dry-run"]);
  expect(dry.stdout).toContain("36 rows, 32 per step");
  const again = await bertie(["init", csv, "--output", toml]);
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("the file exists") });
});

it("bertie train --folds starts no run if there are fewer texts than folds", async () => {
  const output = join(scratch, "many-folds");
  const { code, stderr } = await bertie(["train", csv, ...TINY, "--folds", "41", "--output-dir", output]);
  expect(stderr).toContain("expected at least 41 different texts to split, found 40 in 40 rows. Add rows, or reduce");
  expect(code).toBe(2);
  expect(existsSync(output)).toBe(false);
});

it("bertie train --folds trains one model per part, and reports mean and standard deviation", async () => {
  const output = join(scratch, "folds");
  const { stdout } = await bertieOk(["train", csv, ...TINY, "--folds", "2", "--output-dir", output]);
  expect(stdout).toMatch(/metric \(2 folds\) +mean +standard deviation/);
  const summary = readJson(output, "folds.json");
  expect(summary).toMatchObject({ folds: [1, 2], runs: [{ fold: 1, status: "finished" }, { fold: 2 }] });
  const evaluated = [1, 2].flatMap((fold) => readLines(join(output, `fold-${fold}`, "eval_predictions.jsonl")));
  const ids = evaluated.map((line) => (JSON.parse(line) as { id: string }).id);
  expect(new Set(ids).size).toBe(40);
}, 120_000);
