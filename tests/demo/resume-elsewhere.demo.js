import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tinyRun } from "../faults/tiny-run.js";
import { choose, evaluationOf, expectAccessible, ROOT, unzip, useDemo, useScratch } from "./demo.js";

const open = useDemo();
const { folder: scratch } = useScratch();
const minutes = 60_000;
const inScratch = (...path) => join(scratch, ...path);
const weightsOf = (run) => readFileSync(join(run, "model.safetensors"));

/** Runs the built command, kills it when stderr matches `when`, and returns its exit code and stderr. */
function bertie(args, { signal, when } = {}) {
  const child = spawn(process.execPath, [`${ROOT}/packages/cli/bin/bertie.js`, ...args]);
  let stderr = "";
  let killed = false;
  child.stdout.resume();
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
    if (!killed && when?.test(stderr)) killed = child.kill(signal);
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stderr })));
}

async function bertieOk(args) {
  const { code, stderr } = await bertie(args);
  expect(code, stderr).toBe(0);
}

/** Returns the number of threads of the page. The command line must use the same number, because sums are split between threads. */
async function threadsOf(page) {
  const [, threads = "1"] = /(\d+) threads/.exec(await page.textContent("#device option[value=cpu]")) ?? [];
  return threads;
}

async function save(page, button, target) {
  const download = page.waitForEvent("download");
  await page.click(button);
  unzip(readFileSync(await (await download).path()), target);
}

/** Waits for the end of a resumed run and saves its model. */
async function savedModel(page, target) {
  const { loss } = await evaluationOf(page, 2 * minutes);
  await page.click("nav a[href='#classify']");
  await page.waitForSelector("#save-model:not([hidden])");
  await save(page, "#save-zip", target);
  return { run: join(target, "bertie-run"), loss };
}

describe("run of the command line", () => {
  it.each(["SIGINT", "SIGKILL"])(
    "interrupted by %s has the same final weights when resumed in the page",
    async (signal) => {
      const page = await open("#fine-tune");
      await page.waitForFunction(() => document.querySelector("#device").value !== "");
      const base = inScratch(signal);
      mkdirSync(base);
      const engine = ["--threads", await threadsOf(page), "--seed", "7"];
      const command = tinyRun(base, { engine: "onnx-web", epochs: 8 }).filter((arg, i, all) => {
        return arg !== "--metric" && all[i - 1] !== "--metric";
      });
      const limits = ["--max-train-samples", "7", "--max-eval-samples", "3"];
      const [uninterrupted, interrupted] = ["whole", "left"].map((name) => [
        ...[...command, ...engine, ...limits, "--log-every", "1"],
        ...["--output-dir", join(base, name)],
      ]);
      await bertieOk(uninterrupted);
      await bertie(interrupted, { signal, when: /^step 5\//m });
      expect(existsSync(join(base, "left.unfinished", "checkpoints"))).toBe(true);

      // Missing data files are listed by name, and recognized by their contents.
      await page.setInputFiles("#run-folder", join(base, "left.unfinished"));
      await page.waitForSelector("#unfinished-missing:not([hidden])");
      expect(await page.textContent("#unfinished-missing")).toMatch(/train\.tsv, dev\.tsv$/);
      expect(await page.isDisabled("#resume")).toBe(true);
      if (signal === "SIGINT") await expectAccessible(page);
      writeFileSync(join(base, "other.tsv"), "good\tother\n");
      cpSync(join(base, "news/train.tsv"), join(base, "renamed.tsv"));
      await page.setInputFiles("#run-data", [join(base, "other.tsv"), join(base, "renamed.tsv")]);
      await page.waitForFunction(() => /: dev\.tsv$/.test(document.querySelector("#unfinished-missing").textContent));
      await page.setInputFiles("#run-data", join(base, "news/dev.tsv"));
      await page.waitForSelector("#resume:not([disabled])");
      expect(await page.textContent("#unfinished-text")).toMatch(/step \d+ of 16\.$/);
      await page.click("#resume");

      const { run, loss } = await savedModel(page, join(base, "page"));
      expect(weightsOf(run).equals(weightsOf(join(base, "whole")))).toBe(true);
      const results = JSON.parse(readFileSync(join(base, "whole/eval_results.json"), "utf8"));
      expect(loss.toFixed(3)).toBe(results.eval_loss.toFixed(3));
    },
  );
});

describe("run of the page", () => {
  it("has the same final weights when it is interrupted and resumed by the command line", {
    timeout: 6 * minutes,
  }, async () => {
    const settings = {
      model: "tiny",
      device: "cpu",
      rows: 64,
      "held-out": 24,
      epochs: 4,
      "train-max-length": 16,
      "learning-rate": 3e-4,
    };
    const page = await open("#fine-tune");
    await choose(page, settings);
    await page.click("#start");
    await page.waitForFunction(() => Number(document.querySelector("#figure-loss").textContent) > 0);
    await page.click("#pause");
    await page.waitForSelector("#save-paused:not([hidden])");
    await save(page, "#save-paused", inScratch("paused"));
    await page.reload();
    await page.waitForSelector("#unfinished:not([hidden])");
    await save(page, "#save-unfinished", inScratch("left"));

    // An uninterrupted run of the command line with the same data and settings.
    const config = inScratch("config.json");
    const tiny = { hidden_size: 128, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 512 };
    writeFileSync(
      config,
      JSON.stringify({ ...tiny, vocab_size: 21128, max_position_embeddings: 512, type_vocab_size: 2 }),
    );
    const engine = ["--engine", "onnx-web", "--threads", await threadsOf(page), "--padded-lengths", "3"];
    await bertieOk([
      ...["train", "--do-train", "--do-eval", "--task-name", "news", "--data-dir", `${ROOT}/examples/data/reviews`],
      ...["--bert-config-file", config, "--vocab-file", `${ROOT}/examples/models/bge-small-zh-v1.5/vocab.txt`],
      ...[
        "--random-weights",
        "--do-lower-case",
        "--max-seq-length",
        "16",
        "--train-batch-size",
        "16",
        "--num-train-epochs",
        "4",
      ],
      ...["--learning-rate", "3e-4", "--eval-batch-size", "16", ...engine],
      ...["--max-train-samples", "64", "--max-eval-samples", "24", "--output-dir", inScratch("whole")],
    ]);
    const expected = weightsOf(inScratch("whole"));

    for (const name of ["paused", "left"]) {
      await bertieOk(["train", "--resume", inScratch(name, "bertie-run")]);
      expect(weightsOf(inScratch(name, "bertie-run")).equals(expected), name).toBe(true);
      const results = (run) => readFileSync(join(run, "eval_results.txt"), "utf8");
      expect(results(inScratch(name, "bertie-run"))).toBe(results(inScratch("whole")));
    }

    await page.click("#resume");
    const { run } = await savedModel(page, inScratch("page"));
    expect(weightsOf(run).equals(expected), "page").toBe(true);
    expect(JSON.parse(readFileSync(join(run, "run.json"), "utf8"))).toMatchObject({ task_name: "news", pairs: false });
  });
});
