import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { bertie, bertieOk, MAIN, readLines, scratchDirectory, writeFile } from "./bertie.ts";
import { createTraining, readJson, weightsOf } from "./training.ts";

vi.setConfig({ testTimeout: 240_000 });

const scratch = scratchDirectory();
const { news, options: trainOptions, runSection } = createTraining(scratch);
const inScratch = (name: string) => join(scratch, name);

function sweepFile(name: string, text: string, run = "max-steps = 4\n"): string {
  return writeFile(inScratch(`${name}.toml`), text.replace("[run]", `${runSection}${run}`));
}

interface Line {
  readonly name: string;
  readonly rung: number | null;
  readonly status: string;
  readonly value: number | null;
  readonly options: Record<string, number>;
  readonly error: string | null;
}
const resultsIn = (output: string) => readLines(join(output, "results.jsonl")).map((line) => JSON.parse(line) as Line);

/** Waits until a condition is true. */
async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 60_000; !condition(); await sleep(20))
    if (performance.now() > end) throw new Error("the condition did not become true within a minute");
}

const grid = "[run]\n[grid]\nlearning-rate = [1e-3, 3e-3]\nseed = [1, 2]\n";

describe("bertie sweep", () => {
  it("runs a grid in separate processes, and writes results, a table and a plot", async () => {
    const output = inScratch("grid");
    const file = sweepFile("grid", `metric = "loss"\nparallel = 2\n${grid}`);
    const { stdout, stderr } = await bertieOk(["sweep", file, "--output-dir", output]);
    const results = resultsIn(output);
    expect(results.map(({ options }) => [options["learning-rate"], options.seed])).toEqual([
      [1e-3, 1],
      [1e-3, 2],
      [3e-3, 1],
      [3e-3, 2],
    ]);
    for (const { name, status, value } of results) {
      expect([status, value]).toEqual(["finished", readJson(output, name, "eval_results.json").eval_loss]);
      expect(readFileSync(join(output, "logs", `${name}.log`), "utf8")).toMatch(/trained on 32 examples/);
    }
    const best = results.toSorted((a, b) => a.value! - b.value!)[0]!;
    expect(stdout).toMatch(/^run +learning-rate +seed +loss +time$/m);
    expect(stdout).toContain(`(${join(output, best.name)})`);
    expect(stderr).toMatch(/^\[1\/4\] trial-001: learning-rate 0\.001, seed 1$/m);
    expect(readFileSync(join(output, "sweep.svg"), "utf8").match(/<circle /g)).toHaveLength(8);

    const { stderr: again } = await bertieOk(["sweep", file, "--output-dir", output]);
    expect(again.match(/from before/g)).toHaveLength(4);
    expect(resultsIn(output)).toEqual(results);
    // A run of the sweep is the run that `bertie train` does with these options.
    const single = inScratch("single");
    const args = ["--do-eval", "--max-steps", "4", "--learning-rate", "3e-3", "--seed", "2", "--output-dir", single];
    await bertieOk(["train", ...trainOptions, ...args]);
    expect(weightsOf(single)).toEqual(weightsOf(join(output, "trial-004")));
  });

  it("continues after kill -9: finished runs are kept, and the interrupted one is resumed", async () => {
    const file = sweepFile("killed", grid, "max-steps = 60\nsave-checkpoints-steps = 2\n");
    const [output, undisturbed] = [inScratch("killed"), inScratch("undisturbed")];
    const child = spawn(process.execPath, [MAIN, "sweep", file, "--output-dir", output], {
      ...{ stdio: "ignore", env: { BERTIE_DEVICE: "cpu", ...process.env } },
    });
    const checkpoints = join(output, "trial-002.unfinished", "checkpoints");
    await until(() => existsSync(checkpoints) && readdirSync(checkpoints).length > 0);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.on("close", resolve));
    expect(resultsIn(output).map(({ name }) => name)).toEqual(["trial-001"]);
    const before = statSync(join(output, "trial-001", "model.safetensors")).mtimeMs;
    const { stderr } = await bertieOk(["sweep", file, "--output-dir", output]);
    expect(stderr).toMatch(/trial-001: accuracy .*from before/);
    expect(readFileSync(join(output, "logs", "trial-002.log"), "utf8")).toMatch(/resuming after step \d+/);
    expect(statSync(join(output, "trial-001", "model.safetensors")).mtimeMs).toBe(before);
    expect(resultsIn(output).map(({ status }) => status)).toEqual(Array(4).fill("finished"));
    await bertieOk(["sweep", file, "--output-dir", undisturbed]);
    for (const name of ["trial-001", "trial-002", "trial-004"])
      expect(weightsOf(join(output, name))).toEqual(weightsOf(join(undisturbed, name)));
  });

  it("stops at a signal with exit code 130, and can be continued", async () => {
    const file = sweepFile("stopped", grid, "max-steps = 60\nsave-checkpoints-steps = 2\n");
    const output = inScratch("stopped");
    const stopped = await bertie(["sweep", file, "--output-dir", output], {
      signal: { name: "SIGINT", when: /\[2\/4\] trial-002: learning/ },
    });
    expect([stopped.code, stopped.stderr]).toEqual([
      130,
      expect.stringMatching(/to continue, run `bertie sweep .*` again\n$/),
    ]);
    expect(existsSync(join(output, "trial-003"))).toBe(false);
    expect(existsSync(join(output, "lock"))).toBe(false);
    await bertieOk(["sweep", file, "--output-dir", output]);
    expect(resultsIn(output)).toHaveLength(4);
  });

  it("halves: the best runs of a round get a greater budget", async () => {
    const halving = "[halving]\noption = 'max-steps'\nmin = 2\nmax = 8\n";
    const random =
      "[random]\nlearning-rate = { min = 1e-4, max = 1e-2, scale = 'log' }\nseed = { min = 1, max = 99 }\n";
    const file = sweepFile("halving", `trials = 4\nmetric = "eval_loss"\n[run]\n${random}${halving}`, "");
    const output = inScratch("halving");
    const { stderr, stdout } = await bertieOk(["sweep", file, "--output-dir", output]);
    const results = resultsIn(output);
    expect(results.map(({ rung, options }) => `${rung}: ${options["max-steps"]}`)).toEqual([
      ...Array(4).fill("1: 2"),
      ...Array(2).fill("2: 4"),
      "3: 8",
    ]);
    const bestOf = (rung: number, count: number) =>
      results
        .filter((each) => each.rung === rung)
        .sort((a, b) => a.value! - b.value!)
        .slice(0, count)
        .map(({ options }) => options["learning-rate"]);
    expect(new Set(bestOf(2, 2))).toEqual(new Set(bestOf(1, 2)));
    expect(bestOf(3, 1)).toEqual(bestOf(2, 1));
    expect(stderr).toMatch(/^round 3 of 3: 1 runs? with max-steps 8$/m);
    expect(stdout).toMatch(/best: .*max-steps 8 \(.*-rung-3\)/);
  });

  it("records failed runs, finishes the others, and exits with 1", async () => {
    const file = sweepFile(
      "failing",
      "[run]\n[grid]\nlearning-rate = [1e-3, 1e30]\n",
      "max-steps = 6\nwarmup-proportion = 0.5\n",
    );
    const output = inScratch("failing");
    const { code, stdout, stderr } = await bertie(["sweep", file, "--output-dir", output]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /bertie: 1 of 2 runs failed, starting with trial-002 \(the loss is .*\)\. The logs are in .*\n$/,
    );
    expect(resultsIn(output).map(({ status, error }) => [status, error === null])).toEqual([
      ["finished", true],
      ["failed", false],
    ]);
    expect(stdout).toMatch(/^trial-002 +1e\+?30 +failed/m);
  });

  it.each([
    ["an unknown option", "[run]\n[grid]\nepochs = [1]\n", /epochs in \[grid\] .*Did you mean num-train-epochs\?/],
    [
      "a value out of range",
      "[run]\n[grid]\nlearning-rate = [1e-3, -1]\n",
      /learning-rate in \[grid\] in .* is -1, but/,
    ],
    [
      "an option at the top",
      `learning-rate = 1\n${grid}`,
      /learning-rate in .*: unknown option of a sweep\. .*\[run\]/,
    ],
    ["an option in two sections", "[run]\n[grid]\nmax-steps = [1]\n", /max-steps in \[grid\] .* is also in \[run\]/],
    [
      "an option of the sweep itself",
      "[run]\n[grid]\nresume = ['x']\n",
      /resume in \[grid\] .*the sweep sets this option itself/,
    ],
    ["no values", "[run]\n", /no options to vary\. Add a section \[grid\]/],
    ["a single value", "[run]\n[grid]\nseed = 1\n", /seed in \[grid\] .*must be a list of values/],
    ["a bad range", "[run]\n[random]\nseed = { min = 3, max = 1 }\n", /min is 3, but must be less than max/],
    ["a log scale from 0", "[run]\n[random]\nlearning-rate = { min = 0, max = 1, scale = 'log' }\n", /greater than 0/],
    ["both sections", `${grid}[random]\npadding = ['max']\n`, /\[grid\] and \[random\] are both given/],
    ["a strategy without its section", `strategy = 'halving'\n${grid}`, /halving needs a section \[halving\]/],
    ["runs that cannot start", "[run]\n[grid]\ngradient-accumulation-steps = [9]\n", /--train-batch-size is 8, but/],
    ["runs without evaluation", "[run]\n[grid]\ndo-eval = [true, false]\n", /also in \[run\]/],
    ["broken TOML", "[run\n", /is not valid TOML/],
  ])("rejects %s before the first run", async (name, text, message) => {
    const output = inScratch(`bad ${name}`);
    const { code, stdout, stderr } = await bertie(["sweep", sweepFile(`bad ${name}`, text), "--output-dir", output]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^bertie: [^\n]*\n$/);
    expect(stderr).toMatch(message);
    expect(existsSync(output)).toBe(false);
  });

  it("rejects a directory with other runs, and one that is not a sweep", async () => {
    const output = inScratch("changed");
    const first = sweepFile("changed", "[run]\n[grid]\nseed = [1]\n", "max-steps = 1\n");
    await bertieOk(["sweep", first, "--output-dir", output]);
    const second = sweepFile("changed-2", "[run]\n[grid]\nseed = [1, 2]\n", "max-steps = 1\n");
    const { code, stderr } = await bertie(["sweep", second, "--output-dir", output]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/other settings .*Restore the settings/)]);
    const foreign = await bertie(["sweep", first, "--output-dir", news]);
    expect([foreign.code, foreign.stderr]).toEqual([2, expect.stringMatching(/not empty/)]);
  });

  it("--dry-run lists the runs", async () => {
    const { stdout } = await bertieOk(["sweep", sweepFile("dry", grid), "--dry-run"]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(4);
  });
});

describe("bertie train --seeds", () => {
  const train = ["train", ...trainOptions, "--do-eval", "--max-steps", "3"];

  it("trains with consecutive seeds, and reports mean and standard deviation", async () => {
    const output = inScratch("seeds");
    const args = [...train, "--seeds", "3", "--seed", "7", "--output-dir", output];
    const { stdout } = await bertieOk(args);
    const runs = [7, 8, 9].map((seed) => Number(readJson(output, `seed-${seed}`, "eval_results.json").eval_loss));
    const mean = (runs[0]! + runs[1]! + runs[2]!) / 3;
    const deviation = Math.sqrt(runs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2);
    const { metrics, seeds } = readJson(output, "seeds.json") as {
      seeds: number[];
      metrics: Record<string, { mean: number; standard_deviation: number; values: number[] }>;
    };
    expect(seeds).toEqual([7, 8, 9]);
    expect(metrics.eval_loss?.values).toEqual(runs);
    expect(metrics.eval_loss?.mean).toBeCloseTo(mean, 12);
    expect(metrics.eval_loss?.standard_deviation).toBeCloseTo(deviation, 12);
    expect(deviation).toBeGreaterThan(0);
    expect(stdout).toContain(mean.toFixed(4));
    expect(readJson(output, "seed-8", "run.json")).toMatchObject({ seed: 8 });

    const more = await bertieOk([...args.slice(0, -6), "--seeds", "4", ...args.slice(-4)]);
    expect(more.stderr.match(/from before/g)).toHaveLength(3);
  });

  it.each([
    [["--seeds", "3"], /--seeds requires a directory/],
    [["--seeds", "1", "--output-dir", "x"], /--seeds is 1, but must be from 2 to 1000/],
    [["--seeds", "2", "--output-dir", "x", "--resume"], /--seeds and --resume cannot be combined/],
    [["--seeds", "2", "--output-dir", "x", "--do-eval=false"], /every run must train and evaluate/],
  ])("rejects %j", async (args, message) => {
    const { code, stderr } = await bertie([...train, ...args]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});
