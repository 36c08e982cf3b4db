import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it, vi } from "vitest";
import { tensorflowAvailable } from "../../packages/engine/src/testing/tensorflow-available.ts";
import { bertie, bertieOk, MAIN, newsRows, scratchDirectory } from "./bertie.ts";
import { createTraining, readJson, stepsOf, weightsOf } from "./training.ts";

vi.setConfig({ testTimeout: 240_000 }); // most tests run the command several times

const scratch = scratchDirectory();
const { news, options, train } = createTraining(scratch);
const inScratch = (...path: string[]) => join(scratch, ...path);
const optionalTensorflow = "tensorflow (skipped: npm run setup:native has not been run)";

/** Options of a run of three steps per epoch, with enough epochs that a signal arrives before the end. */
function settings(engine = "onnx"): string[] {
  const epochs = engine === "reference" ? "4" : "16";
  return ["--engine", engine, "--num-train-epochs", epochs, "--learning-rate", "3e-3", "--save-checkpoints-steps", "2"];
}

const lastLine = (stderr: string) => stderr.trimEnd().split("\n").at(-1);

/** Starts a run, and interrupts it with SIGINT once the given step has been logged. */
async function interruptRun(name: string, step: number, ...args: string[]) {
  const run = inScratch(name);
  const command = ["train", ...options, ...settings(), "--log-every", "1", "--output-dir", run, ...args];
  const outcome = await bertie(command, { signal: { name: "SIGINT", when: new RegExp(`^step ${step}/`, "m") } });
  return { run, command, ...outcome, checkpoints: join(`${run}.unfinished`, "checkpoints") };
}

describe.each(["reference", "onnx", optionalTensorflow])("bertie train --resume on %s", (name) => {
  it.skipIf(name === optionalTensorflow && !tensorflowAvailable)(
    "continues bit for bit after SIGINT, with no missing or duplicate steps in the log",
    async () => {
      const engine = name.split(" ")[0]!;
      const uninterrupted = await train(`${engine}-uninterrupted`, "--do-eval", ...settings(engine));
      const stopped = await interruptRun(`${engine}-resumed`, 5, "--do-eval", ...settings(engine));
      expect(stopped.code).toBe(130);
      expect(lastLine(stopped.stderr)).toMatch(
        /^bertie: interrupted: to resume after step \d+, run `bertie train --resume .*`$/,
      );
      expect(existsSync(stopped.run)).toBe(false);
      const { stderr } = await bertieOk(["train", "--resume", stopped.run]);
      expect(stderr).toMatch(/resuming after step \d+$/m);
      expect(weightsOf(stopped.run)).toEqual(weightsOf(uninterrupted.run));
      expect(stepsOf(stopped.run)).toEqual(stepsOf(uninterrupted.run));
      const results = (run: string) => readFileSync(join(run, "eval_results.txt"), "utf8");
      expect(results(stopped.run)).toBe(results(uninterrupted.run));
      expect(existsSync(`${stopped.run}.unfinished`)).toBe(false);
    },
  );
});

describe("bertie train --resume", () => {
  it("accepts the same command line again, and one with other output options", async () => {
    const { run, command } = await interruptRun("again", 3);
    const { code, stderr } = await bertie(command);
    expect(code).toBe(2);
    expect(stderr).toMatch(/holds an interrupted run \(step-\d+\)\. Resume the run \(--resume .*\)/);
    await bertieOk([...command, "--resume", "--json"]);
    expect(stepsOf(run)).toHaveLength(48);
    const done = await bertieOk([...command, "--resume"]);
    expect(done.stderr).toBe("the run is already complete; there is nothing to resume\n");
  });

  it("starts from the beginning if there is no run to resume", async () => {
    const run = inScratch("fresh");
    const { stderr } = await bertieOk(["train", ...options, "--max-steps", "1", "--output-dir", run, "--resume"]);
    expect(stderr).toMatch(/fresh: no checkpoint found\. Starting from the beginning/);
  });

  it("rejects changed options and data, and lists them; --resume-anyway accepts harmless changes", async () => {
    const { run, command } = await interruptRun("changed", 3);
    const resume = [...command, "--resume"];
    const rejected = await bertie([...resume, "--learning-rate", "1e-3", "--threads", "1", "--seed", "42"]);
    expect(rejected.code).toBe(2);
    expect(rejected.stderr).toMatch(
      /^bertie: .*changed: the run started with different settings \(--learning-rate is 0.001, previously 0.003; --threads is 1, previously not set\)\. Undo the changes.*\n$/,
    );
    const anyway = await bertie([...resume, "--learning-rate", "1e-3", "--resume-anyway"]);
    expect(anyway.code).toBe(2);
    const threads = await bertie([...resume, "--threads", "1"]);
    expect(threads.stderr).toMatch(/\(--threads is 1, previously not set\)\. .*--resume-anyway/);

    const other = inScratch("other-news");
    cpSync(news, other, { recursive: true });
    writeFileSync(join(other, "train.tsv"), newsRows(25));
    const data = await bertie([...resume, "--data-dir", other]);
    expect(data.code).toBe(2);
    expect(data.stderr).toMatch(/\(train\.tsv was changed, added or removed\)/);

    cpSync(news, other, { recursive: true });
    await bertieOk([...resume, "--data-dir", other, "--threads", "1", "--resume-anyway"]);
    expect(stepsOf(run)).toHaveLength(48);
  });

  it("fails while another run is writing to the directory", async () => {
    const { run, command } = await interruptRun("many", 3);
    writeFileSync(join(`${run}.unfinished`, "lock"), JSON.stringify({ pid: 2 ** 22 + 1, host: "" }));
    const outcome = await bertie([...command, "--resume"]);
    expect(outcome.stderr).toMatch(/another run is writing to this directory \(process 4194305 on \)\. Wait/);
    rmSync(join(`${run}.unfinished`, "lock"));
    const runs = await Promise.all([1, 2, 3].map(() => bertie([...command, "--resume", "--num-train-epochs", "16"])));
    const codes = runs.map(({ code }) => code);
    // A process that starts late finds the run complete.
    expect(codes.filter((code) => code === 0).length).toBeGreaterThanOrEqual(1);
    for (const { code, stderr } of runs)
      if (code !== 0) expect(stderr).toMatch(/another run is writing to this directory/);
    expect(stepsOf(run)).toHaveLength(48);
  });
});

describe("damaged checkpoints", () => {
  it.each<[string, (checkpoint: string) => void]>([
    ["a truncated file", (checkpoint) => truncateSync(join(checkpoint, "model.safetensors"), 1000)],
    ["a flipped bit", (checkpoint) => flip(join(checkpoint, "second_moments.safetensors"))],
    ["a missing file", (checkpoint) => rmSync(join(checkpoint, "metrics.jsonl"))],
    ["no manifest", (checkpoint) => rmSync(join(checkpoint, "manifest.json"))],
    ["no files", emptyDirectory],
  ])("are skipped with a warning: %s", async (name, damage) => {
    const undamaged = inScratch("undamaged");
    if (!existsSync(undamaged)) await train("undamaged", ...settings());
    const { run, checkpoints } = await interruptRun(`damaged-${name.replaceAll(" ", "-")}`, 5);
    const steps = readdirSync(checkpoints).map((step) => Number(step.slice(5)));
    const newest = Math.max(...steps);
    damage(join(checkpoints, `step-${newest}`));
    const { stderr } = await bertieOk(["train", "--resume", run]);
    expect(stderr).toMatch(
      new RegExp(
        `^warning: .*step-${newest}: the checkpoint is damaged \\(.*\\)\\. The checkpoint is skipped\\.$`,
        "m",
      ),
    );
    expect(stderr).toMatch(new RegExp(`resuming after step ${Math.min(...steps)}$`, "m"));
    expect(weightsOf(run)).toEqual(weightsOf(undamaged));
    expect(stepsOf(run)).toEqual(stepsOf(undamaged));
  });

  it("make --resume fail if no checkpoint is valid, and are kept", async () => {
    const { run, checkpoints } = await interruptRun("all-damaged", 5);
    for (const step of readdirSync(checkpoints)) flip(join(checkpoints, step, "state.json"));
    const { code, stderr } = await bertie(["train", "--resume", run]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^bertie: .*; no checkpoint is valid\. .* --overwrite-output-dir .*\n$/);
    expect(readdirSync(checkpoints)).toHaveLength(2);
  });
});

describe("bertie train --metric", () => {
  const metric = ["--do-eval", "--metric", "accuracy"];

  it("keeps the best weights and their checkpoint, with and without an interruption", async () => {
    const uninterrupted = await train("best", ...metric, ...settings());
    const record = readJson(uninterrupted.run, "run.json");
    const scores = record.scores as { step: number; value: number }[];
    expect(scores.slice(0, 8).map(({ step }) => step)).toEqual([2, 3, 4, 6, 8, 9, 10, 12]);
    expect(scores.at(-1)!.step).toBe(48);
    const most = Math.max(...scores.map(({ value }) => value));
    const best = scores.find(({ value }) => value === most)!;
    expect(record.best).toEqual(best);
    const checkpoint = join(uninterrupted.run, "checkpoints", `step-${best.step}`);
    expect(weightsOf(checkpoint)).toEqual(weightsOf(uninterrupted.run));
    expect(readJson(uninterrupted.run, "eval_results.json").eval_accuracy).toBe(most);
    const { stdout } = await bertieOk(["eval", "--model", checkpoint, "--data-dir", news, "--task-name", "news"]);
    expect(stdout).toContain(`eval_accuracy = ${most}\n`);

    const stopped = await interruptRun("best-resumed", 7, ...metric);
    await bertieOk(["train", "--resume", stopped.run]);
    expect(readJson(stopped.run, "run.json").scores).toEqual(scores);
    expect(weightsOf(stopped.run)).toEqual(weightsOf(uninterrupted.run));
  });

  it("--early-stopping ends the run if the metric does not improve", async () => {
    const { run, stderr } = await train(
      "early",
      ...metric,
      ...settings(),
      "--learning-rate",
      "0",
      "--early-stopping",
      "2",
    );
    expect(stepsOf(run)).toHaveLength(4);
    expect((readJson(run, "run.json").scores as { step: number }[]).map(({ step }) => step)).toEqual([2, 3, 4]);
    expect(stderr).toMatch(/^after step 2: accuracy 0\.\d{4}, best so far$/m);
  });
});

it("a run that diverges keeps its last good checkpoint, and names it", async () => {
  const run = inScratch("diverged");
  // The first step has learning rate 0. After the second, the weights are finite, but so large that the third step fails.
  const args = ["--learning-rate", "1e30", "--warmup-proportion", "1", "--save-checkpoints-steps", "1"];
  const { code, stderr } = await bertie(["train", ...options, "--output-dir", run, ...args]);
  expect(code).toBe(1);
  expect(lastLine(stderr)).toMatch(/^bertie: the loss is NaN at step 3, in epoch 1, on rows \d+(, \d+){7}\. Lower/);
  const kept = join(`${run}.unfinished`, "checkpoints");
  const [, step] = /The weights after step (\d+) are in .*step-\d+$/.exec(lastLine(stderr)!)!;
  expect(readdirSync(kept)).toContain(`step-${step}`);
  await bertieOk(["predict", "--model", join(kept, `step-${step}`), join(news, "dev.tsv")]);
});

it("bertie train writes to the target of --output-dir if it is a symbolic link", async () => {
  mkdirSync(inScratch("real"));
  symlinkSync(inScratch("real"), inScratch("link"));
  const child = spawn(process.execPath, [
    MAIN,
    "train",
    ...options,
    "--max-steps",
    "1",
    "--output-dir",
    inScratch("link"),
  ]);
  expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
  expect(existsSync(inScratch("real", "run.json"))).toBe(true);
});

function emptyDirectory(path: string): void {
  rmSync(path, { recursive: true });
  mkdirSync(path);
}

function flip(path: string): void {
  const bytes = readFileSync(path);
  const at = bytes.length >> 1;
  writeFileSync(path, bytes.with(at, bytes[at]! ^ 1));
}
